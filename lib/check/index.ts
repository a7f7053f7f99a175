export {type CheckedFinding, type CheckReport, checkPipeline} from './check-pipeline.ts'
