// Word count, Beam's first example: how often each word occurs in all files.
// Run it: npx tsx samples/grouping/word-count.ts ['gs://my-bucket/*.txt' [counts.csv]]
import {chain, count, flatMap, groupBy, readFromText, writeToCsv} from 'sluice'
import {isMain} from '../bird-strikes.ts'

/** Letters, with apostrophes inside: don't is one word. */
const WORD = /\p{L}+(?:['’]\p{L}+)*/gu

export async function wordCount(pattern = 'gs://my-bucket/*.txt', output = 'counts.csv'): Promise<void> {
  await chain(
    readFromText(pattern),
    flatMap((line: string) => (line.toLowerCase().match(WORD) ?? []).map(word => ({word}))),
    groupBy('word', {n: count()}),
    writeToCsv(output, {shardNameTemplate: '', overwrite: true}),
  )
}

if (isMain(import.meta.url)) await wordCount(...process.argv.slice(2))
