import { stripHidden } from '../text/hidden.ts'
import { redact } from '../text/secrets.ts'

/** Upstream text that can be shown to a model, and what was hidden in it, in words. */
export type Clean = { readonly text: string; readonly hidden: readonly string[] }

/** What is taken out: things that a reader of the rendered page never sees are counted, mere formatting is not. */
const TAKEN: readonly { readonly what: string | null; readonly shape: RegExp }[] = [
  { what: 'HTML comment', shape: /<!--[\s\S]*?(?:-->|$)/g },
  { what: 'data URI', shape: /\bdata:[\w.+-]{1,60}\/[\w.+-]{1,60}[;,][^\s)"'>]*/gi },
  { what: 'block of base64', shape: /(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/_-]{200,}={0,2}/g },
  { what: null, shape: /!\[[^[\]\n]{0,500}\]\([^()\n]{0,2000}\)/g },
  {
    what: null,
    shape:
      /<\/?(?:details|summary|img|picture|source|video|audio|iframe|script|style|span|div|p|a|br|hr|sub|sup|font|center|b|i|em|strong|table|thead|tbody|tr|td|th|ul|ol|li|h[1-6])(?:\s[^<>]{0,2000})?\/?>/gi,
  },
]

/** Cleans release notes: comments, hidden characters, data URIs, base64, images and HTML wrappers go, secrets are hidden. Linear. */
export function clean(text: string): Clean {
  const hidden: string[] = []
  const visible = stripHidden(text)
  const lost = text.replace(/\r\n?/g, '\n').length - visible.length
  if (lost > 0) hidden.push(count(lost, 'hidden character'))
  const left = TAKEN.reduce((rest, { what, shape }) => {
    const found = rest.match(shape)?.length ?? 0
    if (found > 0 && what !== null) hidden.push(count(found, what))
    return rest.replace(shape, '')
  }, visible)
  return {
    text: redact(left)
      .replace(/[ \t]+$/gm, '')
      .replace(/\n{3,}/g, '\n\n')
      .trim(),
    hidden,
  }
}

function count(n: number, what: string): string {
  if (n === 1) return `1 ${what}`
  return what === 'block of base64' ? `${n} blocks of base64` : `${n} ${what}s`
}
