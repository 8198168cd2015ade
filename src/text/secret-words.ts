/** Last words of names whose value is a secret. `secret` alone is not among them: charts use it for the name of a Secret. */
const SECRET_NAME =
  /(?:password|passwd|passphrase|pwd|passcode|token|api[-_.]?key|access[-_.]?key|secret[-_.]?key|private[-_.]?key|account[-_.]?key|signing[-_.]?key|encryption[-_.]?key|shared[-_.]?key|license[-_.]?key|secret[-_.]?access[-_.]?key|client[-_.]?secret|app[-_.]?secret|webhook[-_.]?secret|jwt[-_.]?secret|cookie[-_.]?secret|hmac[-_.]?secret|credentials?|connection[-_.]?string|dsn|auth|authorization|bearer|cookie|htpasswd|\.dockerconfigjson)$/i

/** Whether the value beside this name (a key, a variable, a path's last word) is to be taken for a secret. */
export function hasSecretName(name: string): boolean {
  return SECRET_NAME.test(name) || /(?:^|_)SECRET$/.test(name)
}

/** Whether the value beside this name may be a secret or only the name of a Secret, as in `existingSecret: my-release`. */
export function mayNameSecret(name: string): boolean {
  return hasSecretName(name) || /secrets?$/i.test(name)
}

/** Whether a word of 16 or more characters looks made by a random generator rather than by a person: all of a-z, A-Z and 0-9, mixed. */
export function looksRandom(word: string): boolean {
  if (word.length < 16 || !/[a-z]/.test(word) || !/[A-Z]/.test(word) || !/\d/.test(word)) return false
  const kinds = [...word].map(kindOf)
  const turns = kinds.filter((kind, i) => i > 0 && kind !== kinds[i - 1]).length
  return turns / word.length > 0.38 && new Set(word).size >= Math.min(16, word.length / 2)
}

function kindOf(character: string): 'lower' | 'upper' | 'digit' | 'other' {
  if (character >= 'a' && character <= 'z') return 'lower'
  if (character >= 'A' && character <= 'Z') return 'upper'
  return character >= '0' && character <= '9' ? 'digit' : 'other'
}
