import type { Policy } from '../config.ts'
import { toPolicy } from './to-policy.ts'

/** Where policy is read from, first one that exists; always from the base branch. */
export const POLICY_FILES = ['.github/windlass.yaml', 'windlass.yaml'] as const

/** Names that people try and that are not read: saying nothing would leave them with the defaults, unaware. */
export const MISNAMED = [
  '.github/windlass.yml',
  'windlass.yml',
  '.windlass.yaml',
  '.windlass.yml',
  '.github/windlass.json',
]

/** What holds without a policy file. */
export const DEFAULT_POLICY: Policy = toPolicy({})
