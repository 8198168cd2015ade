import type { FileText } from './text-file.ts'

/**
 * Remembers what was worked out about a file as long as the file is held; `key` says which of the things that can be worked out.
 * A file that has changed is another object, so no answer can be out of date.
 */
export function perFile<V>(): (file: FileText, key: string, make: () => V) => V {
  const known = new WeakMap<FileText, Map<string, { readonly value: V }>>()
  return (file, key, make) => {
    const answers = known.get(file) ?? new Map<string, { readonly value: V }>()
    const answer = answers.get(key) ?? { value: make() }
    answers.set(key, answer)
    known.set(file, answers)
    return answer.value
  }
}
