export {writeToBigQuery} from './write-to-bigquery.ts'
