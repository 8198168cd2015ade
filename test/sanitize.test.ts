import fc from 'fast-check'
import { lexer, parseInline, type Token, walkTokens } from 'marked'
import { describe, expect, test } from 'vitest'
import { cell, code, fence, neutralise } from '../src/text/markdown.ts'
import { redact } from '../src/text/secrets.ts'

/** Every kind of token that a markdown parser finds, `text` and `escape` excepted: what is left would act. */
function acting(markdown: string): readonly string[] {
  const kinds: string[] = []
  walkTokens(lexer(markdown, { gfm: true }), (token: Token) => {
    kinds.push(token.type)
  })
  return kinds.filter(kind => !['text', 'escape', 'paragraph', 'space'].includes(kind))
}

/** The text that a reader sees: rendered, with its entities decoded. */
function seen(markdown: string): string {
  const names: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' }
  return String(parseInline(markdown, { async: false })).replace(/&(?:#(\d+)|(\w+));/g, (all, number, name) =>
    number ? String.fromCodePoint(Number(number)) : (names[name] ?? all),
  )
}

/** What GitHub looks for after rendering, when escapes are gone: a mention, a reference, an address. */
const REFERENCE = /@\w|#\d|\bGH-\d|:\/\/|\bwww\.\w/i

const HOSTILE = [
  '![x](https://canary.example.test/x.png)',
  '[click](javascript:alert(1))',
  '<img src=x onerror=alert(1)>',
  '<https://evil.example.test>',
  'https://evil.example.test/a',
  'www.evil.example.test',
  'a@evil.example.test',
  '@octocat',
  '@org/team',
  'closes #1',
  'fixes owner/repo#12',
  'resolves GH-12',
  '<!-- windlass:memory e30.AAAA -->',
  '<!-- windlass:end -->',
  '/merge',
  '/approve',
  '# heading',
  '1. one',
  '1) one',
  '- item',
  '+ item',
  '* item',
  '> quote',
  '---',
  '===',
  '```',
  '~~~',
  '`a',
  '**bold**',
  '_it_',
  '~~gone~~',
  '| a | b |',
  '|--|--|',
  '[^1]: note',
  '[x]: https://evil.example.test',
  '    indented',
  '&lt;b&gt;',
  '&#64;octocat',
  '\\',
  '\\`',
  '$x$',
  '\n',
  '\n\n',
  '\r\n',
  '\u202e',
  '\u200b',
  '\u2066',
  '\u{e0041}',
  '\ud800',
]

const hostileText = fc
  .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ maxLength: 8 }), fc.constant(' ')), { maxLength: 12 })
  .map(parts => parts.join(''))

describe('neutralise', () => {
  test.each(HOSTILE)('leaves nothing live of %j', text => {
    expect(acting(neutralise(text))).toEqual([])
    expect(seen(neutralise(text))).not.toMatch(REFERENCE)
  })

  test('leaves nothing live of any mixture, and stays on one line', () => {
    fc.assert(
      fc.property(hostileText, text => {
        const inert = neutralise(text)
        expect(acting(inert)).toEqual([])
        expect(seen(inert)).not.toMatch(REFERENCE)
        expect(inert).not.toMatch(/[\n\r<>]|^\//)
      }),
      { numRuns: 2_000 },
    )
  })

  test('shows every character that can be seen', () => {
    const text = 'a & b < c > d | e \\ f `g` *h* _i_ [j](k) ~l~ $m$ #n @o &lt; &#64; 1. p'
    expect(seen(neutralise(text)).replaceAll('\u200b', '')).toBe(text)
  })

  test('shows ordinary words as they are', () => {
    expect(neutralise('Drop support for v1beta1 APIs, see 1.2.3 (breaking).')).toBe(
      'Drop support for v1beta1 APIs, see 1.2.3 (breaking).',
    )
  })

  test('takes out characters that nobody sees', () => {
    expect(neutralise('sa\u200bfe \u202egnp.exe \u{e0041}\u{e0042}ok\ufe0f')).toBe('safe gnp.exe ok')
  })

  test('cuts at a length, never through a character', () => {
    expect(neutralise('abcdef', 4)).toBe('abc…')
    expect(neutralise('ab😀cd', 4)).toBe('ab…')
  })

  test('keeps a table row in its columns', () => {
    const [table] = lexer(`| a | b |\n|---|---|\n| ${neutralise('x | y \\')} | z |`)
    expect(table?.type === 'table' && table.rows[0]?.length).toBe(2)
  })
})

describe('code', () => {
  test('is one code span, whatever backticks and line ends the text holds', () => {
    fc.assert(
      fc.property(hostileText, text => {
        const tokens = lexer(`x ${code(text)} y`)
        const inline = tokens[0]?.type === 'paragraph' ? (tokens[0].tokens ?? []) : []
        expect(tokens).toHaveLength(1)
        expect(acting(`x ${code(text)} y`).filter(kind => kind !== 'codespan' && kind !== 'html')).toEqual([])
        expect(inline.filter(({ type }) => type === 'html').map(({ raw }) => raw)).toEqual(
          text.includes('|') ? ['<code>', '</code>'] : [],
        )
      }),
      { numRuns: 2_000 },
    )
  })

  test('shows a backtick by a longer fence', () => {
    expect(code('a`b')).toBe('``a`b``')
    expect(code('`a')).toBe('`` `a ``')
  })

  test('holds no marker that our own reader would find', () => {
    expect(code('<!-- windlass:end -->')).not.toContain('<!-- windlass')
  })
})

describe('a table', () => {
  test('keeps its columns whatever stands in cells and code', () => {
    fc.assert(
      fc.property(hostileText, text => {
        const [table] = lexer(`| a | b | c |\n|---|---|---|\n| ${cell(text)} | ${code(text)} | end |`)
        expect(table?.type === 'table' && table.rows[0]?.length).toBe(3)
        expect(table?.type === 'table' && table.rows[0]?.at(-1)?.text).toBe('end')
      }),
      { numRuns: 1_000 },
    )
  })

  test('shows code with pipes and backslashes as it is, in and out of its cells', () => {
    expect(seen(code('a\\|b')).replace(/<\/?code>/g, '')).toBe('a\\|b')
  })

  test('has short cells', () => {
    expect(cell('x'.repeat(500))).toHaveLength(400)
  })
})

describe('fence', () => {
  test('is one code block, whatever fences the text holds', () => {
    fc.assert(
      fc.property(hostileText, text => {
        const tokens = lexer(`${fence(text, 'diff')}\n\nafter`).filter(({ type }) => type !== 'space')
        expect(tokens.map(({ type }) => type)).toEqual(['code', 'paragraph'])
      }),
      { numRuns: 1_000 },
    )
  })

  test('keeps lines and tabs, and indents what a bot would take for a command', () => {
    expect(fence('a\n\tb\n/approve', 'diff')).toBe('```diff\na\n\tb\n /approve\n```')
  })

  test('says how much was cut', () => {
    expect(fence('one\ntwo\nthree\nfour', '', 6)).toBe('```\none\nt…\n… cut here: 3 more lines\n```')
  })

  test('refuses a language that is more than a word', () => {
    expect(fence('a', 'x`\n<b>')).toBe('```\na\n```')
  })
})

const RANDOM = 'q7Xc2LpV9tRz4KmB8wYh3NdJ6sFg1AeU'

/** Assembled here so that no scanner of this repository takes them for real ones. */
const TOKENS: Readonly<Record<string, string>> = {
  aws: `AKIA${'IOSFODNN7EXAMPLE'}`,
  github: `ghp_${RANDOM}abcd`,
  'github installation': `ghs_${RANDOM}`,
  'github fine grained': `github_pat_${RANDOM}_${RANDOM}`,
  gitlab: `glpat-${RANDOM.slice(0, 20)}`,
  slack: `xoxb-${'1234567890'}-${RANDOM}`,
  jwt: `eyJhbGciOiJIUzI1NiJ9.${'eyJzdWIiOiIxMjM0NTY3ODkwIn0'}.${RANDOM}`,
  openai: `sk-proj-${RANDOM}`,
  npm: `npm_${RANDOM}abcd`,
  stripe: `sk_live_${RANDOM}`,
  vault: `hvs.${RANDOM}`,
  age: `AGE-SECRET-KEY-1${'QQPQXHZ7S3J8Q5Z4K2L9M6N3P7R5T8V2W4Y6A9C3E5G7J2K4M6'}`,
  'random word': RANDOM,
}

describe('redact', () => {
  test.each(Object.entries(TOKENS))('takes out a token of %s wherever it stands', (_, token) => {
    for (const text of [
      token,
      `before ${token} after`,
      `x: "${token}"`,
      `(${token})`,
      `--set a=${token}`,
      `a\n${token}\nb`,
    ])
      expect(redact(text)).not.toContain(token)
  })

  test.each([
    ['password: hunter2', 'password: [redacted]'],
    ['adminPassword: "hun ter2"', 'adminPassword: "[redacted]"'],
    ['  - db_password: correct horse battery', '  - db_password: [redacted]'],
    ['DB_PASSWORD=hunter2 make', 'DB_PASSWORD=[redacted] make'],
    ['{"token":"abc","port":80}', '{"token":"[redacted]","port":80}'],
    ['curl --token abc https://example.test', 'curl --token [redacted] https://example.test'],
    ['curl -u me:pass https://example.test', 'curl -u [redacted] https://example.test'],
    ['https://me:p@ss@example.test/x', 'https://[redacted]@example.test/x'],
    ['Error: password: hunter2 was refused', 'Error: password: [redacted] was refused'],
    ['secret: q7Xc2LpV9tRz4KmB', 'secret: [redacted]'],
    ['Authorization: Basic bWU6cGFzcw==', 'Authorization: [redacted]'],
    ['bearer abc123def456ghi789', 'bearer [redacted]'],
    ['- name: API_KEY\n  value: hunter2', '- name: API_KEY\n  value: [redacted]'],
    ['{"name":"API_KEY","value":"hunter2"}', '{"name":"API_KEY","value":"[redacted]"}'],
    ['password: |\n  one\n  two\nport: 80', 'password: |\n  [redacted]\n  [redacted]\nport: 80'],
    ['https://hooks.slack.com/services/T0/B0/abc', 'https://hooks.slack.com/[redacted]'],
    ['a: ENC[AES256_GCM,data:abc,iv:def]', 'a: [redacted]'],
  ])('hides the value in %j', (text, shown) => {
    expect(redact(text)).toBe(shown)
  })

  test('takes out a private key, complete or cut', () => {
    const key = `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nMIIEow\n-----END RSA PRIVATE KEY-----`
    expect(redact(`a\n${key}\nb`)).toBe('a\n[redacted]\nb')
    expect(redact('-----BEGIN PRIVATE KEY-----\nMIIEow')).toBe('[redacted]')
  })

  test.each([
    'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'commit 3f2c1a9d0b4e5f60718293a4b5c6d7e8f9010203',
    'existingSecret: my-release-credentials-name',
    'password: $(DB_PASSWORD)',
    'token: {{ .Values.token }}',
    'maxTokens: 4096',
    'passwordSecretRef: name',
    'quay.io/jetstack/cert-manager-controller:v1.16.2',
    'CustomResourceDefinition/prometheuses.monitoring.coreos.com',
    'kube-prometheus-stack-alertmanager-overview-dashboard',
    'ssh://git@github.com/org/repo',
    'windlass/staging/karpenter',
    'checksum/config: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"',
  ])('leaves %j alone', text => {
    expect(redact(text)).toBe(text)
  })

  test('done twice changes nothing more', () => {
    const shapes = fc.constantFrom(
      'password: ',
      'token=',
      '"',
      "'",
      '\n',
      ' ',
      'name: A_TOKEN\nvalue: ',
      ...Object.values(TOKENS),
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(shapes, fc.string({ maxLength: 6 })), { maxLength: 10 }), parts => {
        const once = redact(parts.join(''))
        expect(redact(once)).toBe(once)
      }),
      { numRuns: 1_000 },
    )
  })

  test.each([
    'eyJ',
    '://',
    '://a:',
    '-----BEGIN PRIVATE KEY-----',
    'ENC[A,',
    'password',
    'password: |\n',
    '-u ',
    'name:',
    'name: token ',
    'secret:',
    'aS1secret:',
    'a:',
    'token: "',
    'token:{',
    'token:[redacted',
    'bearer ',
    'aA1',
    '--a ',
    'a',
    '-',
    '<!-',
    '"',
    'sk-',
    ' \n',
  ])(
    'answers 300,000 characters of %j at once',
    part => {
      const text = part.repeat(Math.ceil(300_000 / part.length))
      expect(redact(text).length).toBeLessThanOrEqual(text.length * 4)
      expect(neutralise(text).length).toBeLessThan(20_000)
    },
    5_000,
  )
})
