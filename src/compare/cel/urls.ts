import { type CelFunction, type Functions, fail, ofString } from './function.ts'
import { type CelValue, special, type UrlParts } from './values.ts'

const ABSOLUTE = /^([A-Za-z][A-Za-z0-9+.-]*):(?:\/\/([^/?]*))?([^?]*)(?:\?(.*))?$/s
const AUTHORITY = /^(?:[^@]*@)?(\[[0-9A-Fa-f:.%]*\]|[^:[\]\s<>"\\^`{|}]*)(?::(\d*))?$/

/** Control characters stand in no URL; a bad escape neither. */
function readable(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  return text !== '' && !/[\u0000-\u001f\u007f]/.test(text) && !/%(?![0-9A-Fa-f]{2})/.test(text.split('?')[0] ?? '')
}

/** A URL as Go reads it (`url.ParseRequestURI`): absolute, or a path from the root. Null when it is none. */
function read(text: string): UrlParts | null {
  if (!readable(text)) return null
  if (text.startsWith('/')) {
    const [path = '', ...query] = text.split('?')
    return { scheme: '', host: '', path, query: query.join('?') }
  }
  const found = ABSOLUTE.exec(text)
  const [, scheme = '', authority = '', path = '', query = ''] = found ?? []
  const host = AUTHORITY.exec(authority)
  if (!found || !host || (!text.includes('//') && !path.startsWith('/'))) return null
  return { scheme: scheme.toLowerCase(), host: authority.slice(authority.lastIndexOf('@') + 1), path, query }
}

function getter(work: (parts: UrlParts) => CelValue): CelFunction {
  return ([value]) => {
    const url = special(value, 'url')
    return url ? work(url.parts) : undefined
  }
}

/** What Go escapes in a path, and no more. */
function escaped(path: string): string {
  return path.replace(/[^A-Za-z0-9$&+,/:;=@\-_.~!'()*%]+/g, part => encodeURIComponent(part))
}

/** All values of each name, in their order. */
function query({ query: text }: UrlParts): CelValue {
  const all = [...new URLSearchParams(text)]
  return new Map(
    Object.entries(Object.groupBy(all, ([name]) => name)).map(([name, pairs]) => [
      name,
      (pairs ?? []).map(([, value]) => value),
    ]),
  )
}

/** Kubernetes' URL library. */
export const URLS: Functions = new Map<string, CelFunction>([
  ['isURL', ofString(text => read(text) !== null)],
  [
    'url',
    ofString(text => {
      const parts = read(text)
      return parts ? { cel: 'url', parts } : fail(`"${text}" is no URL`)
    }),
  ],
  ['.getScheme', getter(({ scheme }) => scheme)],
  ['.getHost', getter(({ host }) => host)],
  ['.getHostname', getter(({ host }) => host.replace(/:\d*$/, '').replace(/^\[|\]$/g, ''))],
  ['.getPort', getter(({ host }) => /:(\d*)$/.exec(host.replace(/^\[.*\]/, ''))?.[1] ?? '')],
  ['.getEscapedPath', getter(({ path }) => escaped(path))],
  ['.getQuery', getter(query)],
])
