import { formatRefuses } from '../validate/formats.ts'
import { type CelFunction, type Functions, ofString } from './function.ts'
import { type CelValue, special } from './values.ts'

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const label = new RegExp(`^${LABEL}$`)
const subdomain = (text: string) => text.length <= 253 && text.split('.').every(part => label.test(part))
const short = (pattern: RegExp) => (text: string) => text.length <= 63 && pattern.test(text)
const word = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/

function qualifiedName(text: string): boolean {
  const parts = text.split('/')
  const name = parts.at(-1) ?? ''
  return parts.length < 3 && short(word)(name) && (parts.length === 1 || subdomain(parts[0] ?? ''))
}

const byFormat = (format: string) => (text: string) => !formatRefuses(format, text)

/** Kubernetes' named formats; `…Prefix` is a name that something is added to. */
const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  dns1123Label: short(label),
  dns1123Subdomain: subdomain,
  dns1035Label: short(/^[a-z]([-a-z0-9]*[a-z0-9])?$/),
  qualifiedName,
  dns1123LabelPrefix: text => short(label)(text.replace(/-$/, 'a')),
  dns1123SubdomainPrefix: text => subdomain(text.replace(/-$/, 'a')),
  dns1035LabelPrefix: text => short(/^[a-z]([-a-z0-9]*[a-z0-9])?$/)(text.replace(/-$/, 'a')),
  labelValue: text => text === '' || short(word)(text),
  uri: byFormat('uri'),
  uuid: byFormat('uuid'),
  byte: byFormat('byte'),
  date: byFormat('date'),
  datetime: byFormat('date-time'),
}

const none: CelValue = { cel: 'optional', value: undefined }

const validate: CelFunction = ([value, text]) => {
  const format = special(value, 'format')
  if (!format || typeof text !== 'string') return undefined
  return FORMATS[format.name]?.(text) ? none : { cel: 'optional', value: [`must be a ${format.name}`] }
}

const named = ofString(name => ({
  cel: 'optional',
  value: Object.hasOwn(FORMATS, name) ? { cel: 'format', name } : undefined,
}))

/** Kubernetes' format library. */
export const FORMAT_FUNCTIONS: Functions = new Map<string, CelFunction>([
  ...Object.keys(FORMATS).map(name => [`format.${name}`, () => ({ cel: 'format', name }) as const] as const),
  ['format.named', named],
  ['.validate', validate],
])
