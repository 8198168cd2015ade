import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { isPublicAddress } from '../src/outside/net/addresses.ts'
import { parseCredentials } from '../src/outside/net/credentials.ts'
import { parseEgressAllow } from '../src/outside/net/egress-allow.ts'
import { parseMirrors } from '../src/outside/net/mirrors.ts'
import { must, testEgress } from './support/fetch-setup.ts'
import { type Asked, asked, type Loopback, serve } from './support/loopback.ts'

const running: Loopback[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop()
})

type Handler = Parameters<typeof serve>[0]

async function start(handler: Handler): Promise<Loopback & { readonly requests: Asked[]; readonly host: string }> {
  const requests: Asked[] = []
  const server = await serve((request, response) => {
    requests.push(asked(request))
    handler(request, response)
  })
  running.push(server)
  return { ...server, requests, host: new URL(server.url).host }
}

const SMALL = { maxBytes: 1000, timeoutMs: 2000 }

describe('without anything allowed', () => {
  test.each([
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0x7f.0x0.0x0.0x1/',
    'https://0177.0.0.1/',
    'https://017700000001/',
    'https://①②⑦.⓪.⓪.①/',
    'https://0/',
    'https://0.0.0.0/',
    'https://10.0.0.1/',
    'https://172.16.0.1/',
    'https://172.31.255.255/',
    'https://192.168.1.1/',
    'https://100.64.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://[fd00:ec2::254]/latest/meta-data/',
    'https://192.0.0.192/',
    'https://198.18.0.1/',
    'https://224.0.0.1/',
    'https://255.255.255.255/',
    'https://[::]/',
    'https://[::1]/',
    'https://[0:0:0:0:0:0:0:1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[::ffff:8.8.8.8]/',
    'https://[::127.0.0.1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[64:ff9b:1::a00:1]/',
    'https://[2002:7f00:1::]/',
    'https://[2001:0:7f00:1::]/',
    'https://[fe80::1]/',
    'https://[fc00::1]/',
    'https://[ff02::1]/',
    'https://[2001:db8::1]/',
    'https://localhost/',
    'https://localhost./',
    'https://LOCALHOST/',
  ])('%s is refused: its address is not public', async url => {
    const answer = await testEgress().fetch(url, SMALL)
    expect(answer).toMatchObject({ ok: false, retry: false, status: null })
    expect(answer.ok || answer.reason).toContain('refused: its address is not public; add ')
  })

  test.each([
    ['http://192.0.2.80.example.test/', 'plain http'],
    ['https://user:secret@charts.example.test/', 'user name or password'],
    ['https://user@charts.example.test/', 'user name or password'],
    ['file:///etc/passwd', 'only https'],
    ['ftp://charts.example.test/', 'only https'],
    ['git://charts.example.test/', 'only https'],
    ['ext::sh -c id', 'only https'],
    ['data:text/plain,x', 'only https'],
    ['https://', 'no URL'],
    ['//charts.example.test/', 'no URL'],
    ['../index.yaml', 'no URL'],
    ['https://[fe80::1%25eth0]/', 'no URL'],
    ['https://charts.example.test:99999/', 'no URL'],
    ['', 'no URL'],
  ])('%s is refused: %s', async (url, why) => {
    const egress = testEgress({ resolve: async () => [{ address: '93.184.215.14', family: 4 }] })
    const answer = await egress.fetch(url, SMALL)
    expect(answer).toMatchObject({ ok: false, retry: false, status: null })
    expect(answer.ok || answer.reason).toContain(why)
    expect(answer.ok || answer.reason).not.toContain('secret')
  })

  test.each(['10.1.2.3', '::1', '::ffff:10.0.0.1', '64:ff9b::a00:1'])(
    'a name that resolves to %s is refused',
    async address => {
      const egress = testEgress({ resolve: async () => [{ address, family: address.includes(':') ? 6 : 4 }] })
      const answer = await egress.fetch('https://charts.example.test/index.yaml?token=secret', SMALL)
      expect(answer.ok || answer.reason).toBe(
        'https://charts.example.test/index.yaml refused: its address is not public; ' +
          'add charts.example.test:443 to WINDLASS_EGRESS_ALLOW if this host is meant to be reached',
      )
    },
  )
})

test('public addresses are public', () => {
  const addresses = ['93.184.215.14', '8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450::1']
  expect(addresses.filter(address => !isPublicAddress(address))).toEqual([])
})

describe('names are resolved once', () => {
  test('and the address that was checked is the one that is connected to', async () => {
    const server = await start((_, response) => response.end('hello'))
    const port = new URL(server.url).port
    const answers = ['127.0.0.1', '10.255.255.1']
    const egress = testEgress({
      allow: [`charts.example.test:${port}`],
      resolve: async () => [{ address: answers.shift() ?? '', family: 4 }],
    })
    const answer = await egress.fetch(`http://charts.example.test:${port}/x`, SMALL)
    expect(answer.ok && answer.value.body.toString()).toBe('hello')
    expect(answers).toEqual(['10.255.255.1'])
    expect(server.requests[0]?.headers.host).toBe(`charts.example.test:${port}`)
  })

  test('and of several addresses only those that may be reached are tried', async () => {
    const server = await start((_, response) => response.end('hello'))
    const port = new URL(server.url).port
    const resolve = async () => ['127.0.0.1', '127.0.0.2'].map(address => ({ address, family: 4 }))
    const answer = await testEgress({ allow: ['127.0.0.2/32'], resolve }).fetch(
      `http://charts.example.test:${port}/`,
      SMALL,
    )
    expect(answer.ok || answer.reason).toContain('ECONNREFUSED')
    expect(server.requests).toEqual([])
  })
})

describe('the allow list', () => {
  test.each([
    ['a host', ['127.0.0.1'], true],
    ['a CIDR', ['127.0.0.0/8'], true],
    ['another host', ['127.0.0.2'], false],
    ['another port', ['127.0.0.1:1'], false],
    ['another CIDR', ['10.0.0.0/8', 'fd00::/8'], false],
  ])('opens private addresses and plain http for %s: %j', async (_, allow, isOpen) => {
    const server = await start((_, response) => response.end('hello'))
    expect((await testEgress({ allow }).fetch(server.url, SMALL)).ok).toBe(isOpen)
  })

  test('opens one port of a host, also in IPv6 and also the default port', () => {
    const allow = must(parseEgressAllow(['[::1]:5000', 'Mirror.Example.Test:443', '127.1:80']))
    expect(allow.permits('[::1]', 5000, '::1')).toBe(true)
    expect(allow.permits('[::1]', 5001, '::1')).toBe(false)
    expect(allow.permits('mirror.example.test', 443, '10.0.0.1')).toBe(true)
    expect(allow.permits('mirror.example.test', 80, '10.0.0.1')).toBe(false)
    expect(allow.permits('127.0.0.1', 80, '127.0.0.1')).toBe(true)
  })

  test.each([
    'https://mirror.example.test',
    'host/path',
    '10.0.0.0/33',
    'user@host',
    'host:99999',
    '10.0.0.0/8/8',
    '*',
  ])('refuses %s as an entry', entry => {
    const read = parseEgressAllow(['10.0.0.0/8', entry])
    expect(read.ok || read.problems.map(problem => problem.reason)).toEqual([
      expect.stringContaining(`"${entry}" is no host, host:port or CIDR`),
    ])
  })
})

describe('redirects', () => {
  test('are followed three times, not four', async () => {
    const server = await start((request, response) => {
      const left = Number(request.url?.slice(1))
      if (left === 0) response.end('arrived')
      else response.writeHead(302, { location: `/${left - 1}` }).end()
    })
    const egress = testEgress({ allow: [server.host] })
    const three = await egress.fetch(`${server.url}/3`, SMALL)
    expect(three.ok && [three.value.body.toString(), three.value.url]).toEqual(['arrived', `${server.url}/0`])
    const four = await egress.fetch(`${server.url}/4`, SMALL)
    expect(four.ok || four.reason).toContain('redirects more than 3 times')
  })

  test.each(['http://127.0.0.1:1/', 'https://169.254.169.254/', 'file:///etc/passwd', 'https://user:p@example.test/'])(
    'to %s are refused',
    async location => {
      const server = await start((_, response) => response.writeHead(302, { location }).end())
      const answer = await testEgress({ allow: [server.host] }).fetch(server.url, SMALL)
      expect(answer.ok || answer.reason).toMatch(/refused: .* \(redirected from http:\/\/127\.0\.0\.1:\d+\/\)/)
    },
  )

  test('to another origin lose credentials and cookies, and within an origin keep them', async () => {
    const other = await start((_, response) => response.end('other'))
    const server = await start((request, response) => {
      const location = request.url === '/away' ? `${other.url}/there` : '/here-too'
      if (request.url === '/here-too') response.end('same')
      else response.writeHead(302, { location }).end()
    })
    const credentials = `${server.url}: {username: bot, password: hunter2}`
    const egress = testEgress({ allow: ['127.0.0.1'], credentials })
    const options = { ...SMALL, headers: { Cookie: 'session=1', 'X-Plain': 'yes' } }
    await egress.fetch(`${server.url}/away`, options)
    await egress.fetch(`${server.url}/stay`, options)
    const login = `Basic ${Buffer.from('bot:hunter2').toString('base64')}`
    expect(server.requests.map(one => [one.path, one.authorization, one.headers.cookie])).toEqual([
      ['/away', login, 'session=1'],
      ['/stay', login, 'session=1'],
      ['/here-too', login, 'session=1'],
    ])
    expect(other.requests.map(one => [one.authorization, one.headers.cookie, one.headers['x-plain']])).toEqual([
      [null, undefined, 'yes'],
    ])
  })

  test('to an origin that has other credentials do not get those either', async () => {
    const other = await start((_, response) => response.end('private'))
    const server = await start((_, response) => response.writeHead(302, { location: other.url }).end())
    const credentials = `${other.url}: {token: of-the-other}`
    await testEgress({ allow: ['127.0.0.1'], credentials }).fetch(server.url, SMALL)
    expect(other.requests.map(one => one.authorization)).toEqual([null])
  })
})

describe('credentials', () => {
  test('go to their exact origin only: another port is another origin', async () => {
    const server = await start((_, response) => response.end())
    const other = await start((_, response) => response.end())
    const egress = testEgress({ allow: ['127.0.0.1'], credentials: `${server.url}: {token: abc}` })
    await egress.fetch(server.url, SMALL)
    await egress.fetch(other.url, SMALL)
    expect([server.requests[0]?.authorization, other.requests[0]?.authorization]).toEqual(['Bearer abc', null])
  })

  test('do not go along when another origin named the address', async () => {
    const server = await start((_, response) => response.end())
    const egress = testEgress({ allow: ['127.0.0.1'], credentials: `${server.url}: {token: abc}` })
    await egress.fetch(server.url, { ...SMALL, from: 'https://evil.example.test/index.yaml' })
    expect(server.requests.map(one => one.authorization)).toEqual([null])
  })

  test('are read strictly, with the line, and never shown', () => {
    const text = [
      'https://good.example.test: {username: u, password: p}',
      'https://path.example.test/charts: {username: u, password: secret1}',
      'oci://registry.example.test: {token: secret2}',
      'secret3: {token: x}',
      'https://a.example.test: {username: u, pasword: secret4}',
      'https://b.example.test: secret5',
      'https://c.example.test: {token: [secret6]}',
    ].join('\n')
    const read = parseCredentials(text, 'auth.yaml')
    const origin = 'the key must be an exact origin'
    const shape = 'the credentials must be {username: …, password: …} or {token: …}'
    expect(read.ok || read.problems.map(problem => [problem.file, problem.line, problem.reason])).toEqual([
      ['auth.yaml', 2, `${origin}: write https://path.example.test`],
      ['auth.yaml', 3, `${origin}: write https://registry.example.test`],
      ['auth.yaml', 4, `${origin} such as https://registry.example.com`],
      ['auth.yaml', 5, expect.stringContaining(shape)],
      ['auth.yaml', 6, expect.stringContaining(shape)],
      ['auth.yaml', 7, expect.stringContaining(shape)],
    ])
    expect(JSON.stringify(read)).not.toContain('secret')
  })

  test('of a broken file are not shown either', () => {
    const read = parseCredentials('https://a.example.test: {token: "secret\n', 'auth.yaml')
    expect(read.ok).toBe(false)
    expect(JSON.stringify(read)).not.toContain('secret')
  })
})

describe('mirrors', () => {
  const mirrors = must(
    parseMirrors(
      `
https://charts.example.test: http://mirror.local:8080/charts
https://charts.example.test/stable: http://mirror.local:8080/stable/
oci://registry.example.test/org: http://mirror.local:5000/registry.example.test/org
oci://registry.example.test/org/team: oci://team.local
`,
      'mirrors.yaml',
    ),
  )
  test.each([
    ['https://charts.example.test/index.yaml', 'http://mirror.local:8080/charts/index.yaml'],
    ['https://charts.example.test/stable/index.yaml?a=1', 'http://mirror.local:8080/stable/index.yaml?a=1'],
    ['https://charts.example.test/stable', 'http://mirror.local:8080/stable'],
    ['https://charts.example.test/stables/x', 'http://mirror.local:8080/charts/stables/x'],
    ['https://charts.example.test/stable/../x', 'http://mirror.local:8080/charts/x'],
    ['https://charts.example.test/stable/%2e%2e/x', 'http://mirror.local:8080/charts/x'],
    ['https://CHARTS.example.test:443/x', 'http://mirror.local:8080/charts/x'],
    ['https://charts.example.test.evil.test/x', 'https://charts.example.test.evil.test/x'],
    ['https://charts.example.test:8443/x', 'https://charts.example.test:8443/x'],
    ['http://charts.example.test/x', 'http://charts.example.test/x'],
    ['oci://registry.example.test/org/app', 'http://mirror.local:5000/registry.example.test/org/app'],
    ['oci://registry.example.test/org/team/app', 'https://team.local/app'],
    ['oci://registry.example.test/organisation/app', 'https://registry.example.test/organisation/app'],
  ])('%s is asked for at %s', (url, located) => {
    expect(mirrors.locate(url)).toBe(located)
  })

  test('may be private and plain http, because the operator named them', async () => {
    const server = await start((_, response) => response.end('mirrored'))
    const egress = testEgress({ mirrors: `https://charts.example.test: ${server.url}/jetstack` })
    const answer = await egress.fetch('https://charts.example.test/index.yaml', SMALL)
    expect(answer.ok && answer.value.body.toString()).toBe('mirrored')
    expect(server.requests.map(one => one.path)).toEqual(['/jetstack/index.yaml'])
    const other = await start((_, response) => response.end('not a mirror'))
    expect((await egress.fetch(other.url, SMALL)).ok).toBe(false)
  })

  test('are redirected within themselves, and back to what they mirror', async () => {
    const server = await start((request, response) => {
      if (request.url === '/jetstack/a') response.writeHead(302, { location: '/jetstack/b' }).end()
      else if (request.url === '/jetstack/b')
        response.writeHead(302, { location: 'https://charts.example.test/c' }).end()
      else response.end('arrived')
    })
    const egress = testEgress({ mirrors: `https://charts.example.test: ${server.url}/jetstack` })
    expect((await egress.fetch('https://charts.example.test/a', SMALL)).ok).toBe(true)
    expect(server.requests.map(one => one.path)).toEqual(['/jetstack/a', '/jetstack/b', '/jetstack/c'])
  })

  test('are read strictly, with the line', () => {
    const text =
      'charts.example.test: http://mirror.local\nhttps://a.example.test: [b]\nhttps://a.example.test?x=1: http://m.local\n'
    const read = parseMirrors(text, 'mirrors.yaml')
    expect(read.ok || read.problems.map(problem => [problem.line, problem.reason])).toEqual([
      [1, expect.stringContaining('the prefix "charts.example.test" must be a URL')],
      [2, expect.stringContaining('the mirror of "https://a.example.test" must be a URL')],
      [3, expect.stringContaining('the prefix "https://a.example.test?x=1" must be a URL')],
    ])
    expect(parseMirrors('a: 1\na: 2\n', 'mirrors.yaml')).toMatchObject({ ok: false, problems: [{ line: 2 }] })
    expect(parseMirrors('- a\n', 'mirrors.yaml')).toMatchObject({ ok: false })
    expect(parseMirrors('', 'mirrors.yaml')).toMatchObject({ ok: true })
  })
})

describe('an answer', () => {
  const body = 'x'.repeat(5000)

  test.each([
    ['announced', (response: Parameters<Handler>[1]) => void response.end(body)],
    ['in pieces', (response: Parameters<Handler>[1]) => void (response.write(body) && response.end())],
    [
      'unpacked',
      (response: Parameters<Handler>[1]) =>
        void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(body)),
    ],
  ])('that is too large, %s, is refused', async (_, handler) => {
    const server = await start((_, response) => handler(response))
    const answer = await testEgress({ allow: [server.host] }).fetch(server.url, SMALL)
    expect(answer).toMatchObject({ ok: false, retry: false })
    expect(answer.ok || answer.reason).toContain('is larger than the limit of 1000 bytes')
  })

  test('that unpacks to nothing is still cut off at the limit', async () => {
    const empty = Array.from({ length: 100 }, () => gzipSync(''))
    const server = await start((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).write(Buffer.concat(empty))
      response.end()
    })
    const answer = await testEgress({ allow: [server.host] }).fetch(server.url, SMALL)
    expect(answer.ok || answer.reason).toContain('is larger than the limit')
  })

  test('that never ends is cut off at the limit', async () => {
    const server = await start((_, response) => {
      const timer = setInterval(() => response.write(body), 1)
      response.on('close', () => clearInterval(timer))
    })
    const answer = await testEgress({ allow: [server.host] }).fetch(server.url, { ...SMALL, timeoutMs: 20_000 })
    expect(answer.ok || answer.reason).toContain('is larger than the limit')
  })

  test('is unpacked when it is gzip, unless the bytes themselves are wanted', async () => {
    const packed = gzipSync('hello')
    const server = await start((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed))
    const egress = testEgress({ allow: [server.host] })
    const text = await egress.fetch(server.url, SMALL)
    expect(text.ok && text.value.body.toString()).toBe('hello')
    const raw = await egress.fetch(server.url, { ...SMALL, raw: true })
    expect(raw.ok && raw.value.body).toEqual(packed)
  })

  test('in an encoding that was not asked for is refused', async () => {
    const server = await start((_, response) => response.writeHead(200, { 'content-encoding': 'br' }).end('x'))
    const answer = await testEgress({ allow: [server.host] }).fetch(server.url, SMALL)
    expect(answer.ok || answer.reason).toContain('is encoded as "br"')
  })

  test.each([
    [401, false, 'answered 401 (credentials for that origin?'],
    [403, false, 'answered 403 (credentials for that origin?'],
    [404, false, 'answered 404 (not found)'],
    [429, true, 'answered 429 (too many requests)'],
    [500, true, 'answered 500'],
    [503, true, 'answered 503'],
    [418, false, 'answered 418'],
  ])('of %i is no value; asking later can help: %s', async (status, retry, says) => {
    const server = await start((_, response) => response.writeHead(status).end('<b>page</b>'))
    const answer = await testEgress({ allow: [server.host] }).fetch(`${server.url}/a?token=secret`, SMALL)
    expect(answer).toMatchObject({ ok: false, retry, status })
    expect(answer.ok || answer.reason).toContain(says)
    expect(answer.ok || answer.reason).not.toContain('secret')
    expect(server.requests.length).toBe(retry ? 3 : 1)
  })

  test.each([
    ['does not come', () => {}],
    ['stops in the middle', (response: Parameters<Handler>[1]) => void response.writeHead(200).write('half')],
  ])('that %s is given up in time, once', async (_, handler) => {
    const server = await start((_, response) => handler(response))
    const answer = await testEgress({ allow: [server.host] }).fetch(server.url, { ...SMALL, timeoutMs: 200 })
    expect(answer).toMatchObject({ ok: false, retry: true, status: null })
    expect(answer.ok || answer.reason).toContain('did not answer completely in time')
    expect(server.requests.length).toBe(1)
  })

  test('that is cut short is tried again and then not believed', async () => {
    const server = await start((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('short')
      setImmediate(() => response.destroy())
    })
    const answer = await testEgress({ allow: [server.host] }).fetch(server.url, SMALL)
    expect(answer).toMatchObject({ ok: false, retry: true, status: null })
    expect(server.requests.length).toBe(3)
  })
})

describe('a busy server', () => {
  test('is asked again after as long as it says', async () => {
    const waits: number[] = []
    const server = await start((_, response) => {
      if (server.requests.length < 3) response.writeHead(503, { 'retry-after': '1' }).end()
      else response.end('now')
    })
    const egress = testEgress({ allow: [server.host], sleep: async ms => void waits.push(ms) })
    const answer = await egress.fetch(server.url, { ...SMALL, timeoutMs: 30_000 })
    expect(answer.ok && answer.value.body.toString()).toBe('now')
    expect(waits).toEqual([1000, 1000])
  })

  test('that asks for an hour is left to the queue', async () => {
    const server = await start((_, response) => response.writeHead(429, { 'retry-after': '3600' }).end())
    const answer = await testEgress({ allow: [server.host] }).fetch(server.url, SMALL)
    expect(answer).toMatchObject({ ok: false, retry: true, status: 429 })
    expect(server.requests.length).toBe(1)
  })
})

test('a server that is not there is said so, and may come back', async () => {
  const server = await start(() => {})
  await server.stop()
  const answer = await testEgress({ allow: [server.host] }).fetch(server.url, SMALL)
  expect(answer).toMatchObject({ ok: false, retry: true, status: null })
  expect(answer.ok || answer.reason).toContain('could not be fetched (ECONNREFUSED)')
})
