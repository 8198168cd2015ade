import { nanoseconds } from '../../text/go-duration.ts'
import { readCidr, readIp } from '../../text/ip.ts'

const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/
const TIME = /^([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)([.,]\d+)?(z|[+-]\d{2}:\d{2})$/i

function isDate(text: string): boolean {
  return DATE.test(text) && new Date(`${text}T00:00:00Z`).toISOString().startsWith(text)
}

function isDateTime(text: string): boolean {
  return isDate(text.slice(0, 10)) && /[tT ]/.test(text[10] ?? '') && TIME.test(text.slice(11))
}

/** Kubernetes also takes words: `1 week 2 days`. */
function isDuration(text: string): boolean {
  return nanoseconds(text) !== null || /^(?:\s{0,9}\d{1,15}(?:\.\d{1,9})?\s{0,9}[A-Za-zµ]{1,12})+$/.test(text)
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Formats of texts that the API server checks (kube-openapi `strfmt`), as lenient as it is; it does not know others. */
const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  date: isDate,
  'date-time': isDateTime,
  datetime: isDateTime,
  duration: isDuration,
  byte: text => BASE64.test(text.replace(/[\r\n]/g, '')),
  ipv4: text => readIp(text)?.bits === 32,
  ipv6: text => readIp(text)?.bits === 128,
  cidr: text => readCidr(text) !== null,
  uuid: text => UUID.test(text),
  uri: text => /^(?:\/|[A-Za-z][A-Za-z0-9+.-]*:)/.test(text) && !/\s/.test(text.slice(0, 1)),
  email: text => /[^@]@[^@]/.test(text),
  mac: text => /^(?:[0-9a-f]{2}[:-]){5,19}[0-9a-f]{2}$|^(?:[0-9a-f]{4}\.){2,9}[0-9a-f]{4}$/i.test(text),
}

/** Whether the API server refuses a text for its format. */
export function formatRefuses(format: string, text: string): boolean {
  return Object.hasOwn(FORMATS, format) && FORMATS[format]?.(text) === false
}

const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [-(2 ** 63), 2 ** 63],
}

/** Whether the API server refuses a number for its format. */
export function formatRefusesNumber(format: string, number: number): boolean {
  const range = RANGES[format]
  return range !== undefined && (number < range[0] || number > range[1])
}
