import {ApiError} from '../../service/api-error.ts'
import type {ServiceReply} from '../../service/service.ts'

const ESCAPES: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;'}
const UNESCAPES = new Map(Object.entries(ESCAPES).map(([char, written]) => [written, char]))

/** An answer of the XML API: one element with the fields in it. */
export function xmlReply(status: number, name: string, fields: Record<string, string>): ServiceReply {
  const inner = Object.entries(fields).map(([field, value]) => `<${field}>${escaped(value)}</${field}>`)
  const body = `<?xml version='1.0' encoding='UTF-8'?><${name}>${inner.join('')}</${name}>`
  return {status, headers: {'content-type': 'application/xml; charset=UTF-8'}, body}
}

/** The parts that a `CompleteMultipartUpload` names, in its order. */
export function partsOf(xml: string): {number: number; etag: string}[] {
  if (!/<CompleteMultipartUpload[\s>]/.test(xml))
    throw new ApiError(400, 'MalformedCompleteMultipartUpload', 'The body is no CompleteMultipartUpload.')
  return xml
    .split('<Part>')
    .slice(1)
    .map(part => {
      const number = Number(/<PartNumber>\s*(\d+)\s*<\/PartNumber>/.exec(part)?.[1])
      const etag = /<ETag>([^<]*)<\/ETag>/.exec(part)?.[1]
      if (Number.isNaN(number) || etag === undefined)
        throw new ApiError(400, 'MalformedCompleteMultipartUpload', 'A part has no PartNumber, or no ETag.')
      return {number, etag: etag.trim().replace(/&\w+;/g, written => UNESCAPES.get(written) ?? written)}
    })
}

/** The text of a header, which Node gives byte by byte. */
export function utf8(header: string): string {
  return Buffer.from(header, 'latin1').toString()
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, char => ESCAPES[char]!)
}
