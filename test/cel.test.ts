import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { planRule, runRule, toCel } from '../src/compare/cel/index.ts'
import type { Value, ValueMap } from '../src/model.ts'
import { splitDocuments } from '../src/text/documents.ts'
import { readYaml } from '../src/text/yaml.ts'

/** What a rule says: true, false, `refused: why` where the API server would stop, `unknown: why` where we do. */
function says(rule: string, self: Value, schema: ValueMap = {}, budget = 100_000): boolean | string {
  const plan = planRule(rule)
  if (!plan.ok) return `unknown: ${plan.reason}`
  const answer = runRule(plan, toCel(self, schema), { left: budget })
  if (answer.kind === 'passed') return true
  if (answer.kind === 'unknown') return `unknown: ${answer.reason}`
  return answer.reason === null ? false : `refused: ${answer.reason}`
}

const time = { type: 'string', format: 'date-time' }
const times = { properties: { created: time, expired: time, ttl: { type: 'string', format: 'duration' } } }
const scores = {
  properties: {
    set1: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
    set2: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
  },
}

/** Kubernetes' own examples: the table in "Common Expression Language in Kubernetes" (a typing error of it put right), and each library's. */
describe('documented rules', () => {
  test.each<[string, Value, ValueMap, boolean | string]>([
    [
      'self.minReplicas <= self.replicas && self.replicas <= self.maxReplicas',
      { minReplicas: 1, replicas: 2, maxReplicas: 3 },
      {},
      true,
    ],
    [
      'self.minReplicas <= self.replicas && self.replicas <= self.maxReplicas',
      { minReplicas: 1, replicas: 4, maxReplicas: 3 },
      {},
      false,
    ],
    ["'Available' in self.stateCounts", { stateCounts: { Available: 1 } }, {}, true],
    ["'Available' in self.stateCounts", { stateCounts: {} }, {}, false],
    ['(self.list1.size() == 0) != (self.list2.size() == 0)', { list1: [], list2: [1] }, {}, true],
    ['(self.list1.size() == 0) != (self.list2.size() == 0)', { list1: [1], list2: [1] }, {}, false],
    [
      "self.envars.filter(e, e.name == 'MY_ENV').all(e, e.value.matches('^[a-zA-Z]*$'))",
      {
        envars: [
          { name: 'MY_ENV', value: 'ok' },
          { name: 'X', value: '1' },
        ],
      },
      {},
      true,
    ],
    [
      "self.envars.filter(e, e.name == 'MY_ENV').all(e, e.value.matches('^[a-zA-Z]*$'))",
      { envars: [{ name: 'MY_ENV', value: '1' }] },
      {},
      false,
    ],
    [
      'has(self.expired) && self.created + self.ttl < self.expired',
      { created: '2026-01-01T00:00:00Z', ttl: '1h', expired: '2026-01-01T01:00:01Z' },
      times,
      true,
    ],
    [
      'has(self.expired) && self.created + self.ttl < self.expired',
      { created: '2026-01-01T00:00:00Z', ttl: '1h', expired: '2026-01-01T00:59:59Z' },
      times,
      false,
    ],
    ["self.health.startsWith('ok')", { health: 'ok, thanks' }, {}, true],
    [
      "self.widgets.exists(w, w.key == 'x' && w.foo < 10)",
      {
        widgets: [
          { key: 'y', foo: 1 },
          { key: 'x', foo: 9 },
        ],
      },
      {},
      true,
    ],
    ["self.widgets.exists(w, w.key == 'x' && w.foo < 10)", { widgets: [{ key: 'x', foo: 10 }] }, {}, false],
    ["type(self) == string ? self == '99%' : self == 42", '99%', {}, true],
    ["type(self) == string ? self == '99%' : self == 42", 42, {}, true],
    ["type(self) == string ? self == '99%' : self == 42", 43, {}, false],
    ["self.metadata.name == 'singleton'", { metadata: { name: 'singleton' } }, {}, true],
    ['self.set1.all(e, !(e in self.set2))', { set1: ['a'], set2: ['b'] }, scores, true],
    ['self.set1.all(e, !(e in self.set2))', { set1: ['a', 'b'], set2: ['b'] }, scores, false],
    ['self.set1 == self.set2', { set1: ['a', 'b'], set2: ['b', 'a'] }, scores, true],
    ['self.set1 + self.set2 == ["a", "b"]', { set1: ['a', 'b'], set2: ['b', 'a'] }, scores, true],
    [
      'self.names.size() == self.details.size() && self.names.all(n, n in self.details)',
      { names: ['a'], details: { a: 1 } },
      {},
      true,
    ],
    ["self.details.all(key, key.matches('^[a-zA-Z]*$'))", { details: { a1: 'x' } }, {}, false],
    ["self.details.all(key, self.details[key].matches('^[a-zA-Z]*$'))", { details: { a1: 'x' } }, {}, true],
    ['self.names.isSorted()', { names: ['a', 'b', 'B'] }, {}, false],
    ['self.items.map(x, x.weight).sum() == 1.0', { items: [{ weight: 0.5 }, { weight: 0.5 }] }, {}, true],
    [
      'self.low.map(x, x.p).max() < self.high.map(x, x.p).min()',
      { low: [{ p: 1 }, { p: 3 }], high: [{ p: 4 }] },
      {},
      true,
    ],
    ["self.names.indexOf('should-be-first') == 1", { names: ['a', 'should-be-first', 'should-be-first'] }, {}, true],
    ["self.names.lastIndexOf('b') == 2", { names: ['a', 'b', 'b'] }, {}, true],
    ["self.find('[0-9]*') == ''", 'abc 123', {}, true],
    ["self.find('[0-9]+') == '123'", 'abc 123', {}, true],
    ["self.findAll('[0-9]*').map(x, x == '' ? 0 : int(x)).sum() < 100", '1, 2, 3, 4', {}, true],
    ["self.findAll('a|ab', 1) == ['a']", 'abab', {}, true],
    ["url('https://example.com:80/').getHost() == 'example.com:80'", {}, {}, true],
    ["url('https://example.com/path with spaces/').getEscapedPath() == '/path%20with%20spaces/'", {}, {}, true],
    ["url('https://[::1]:443/a?x=1&x=2').getHostname() == '::1'", {}, {}, true],
    ["url('https://[::1]:443/a?x=1&x=2').getPort() == '443'", {}, {}, true],
    ["url('https://example.com/a?x=1&x=2').getQuery()['x'] == ['1', '2']", {}, {}, true],
    ["isURL('/absolute-path') && !isURL('../relative-path') && !isURL('https://a:b:c/')", {}, {}, true],
    ['quantity("500000G").isInteger()', {}, {}, true],
    ['quantity("50k").asInteger() == 50000', {}, {}, true],
    ['quantity("9999999999999999999999999999999999999G").asApproximateFloat() > 9.9e45', {}, {}, true],
    ['quantity("50k").add(quantity("20k")) == quantity("70k")', {}, {}, true],
    ['quantity("50k").sub(20000) == quantity("30k")', {}, {}, true],
    ['quantity("50k").add(20).sub(quantity("100k")).sub(-50000) == quantity("20")', {}, {}, true],
    ['quantity("200M").compareTo(quantity("0.2G")) == 0', {}, {}, true],
    ['quantity("150Mi").isGreaterThan(quantity("100Mi"))', {}, {}, true],
    ['quantity("50M").isLessThan(quantity("100M"))', {}, {}, true],
    ['isQuantity("1.3Gi") && !isQuantity("1.3GB") && quantity("-3").sign() == -1', {}, {}, true],
    ["isIP('2001:db8::1') && !isIP('127.0.0.256') && !isIP('::ffff:1.2.3.4')", {}, {}, true],
    ["ip('127.0.0.1').family() == 4 && ip('::1').isLoopback() && ip('fe80::1').isLinkLocalUnicast()", {}, {}, true],
    ["ip.isCanonical('2001:db8::abcd') && !ip.isCanonical('2001:DB8::ABCD')", {}, {}, true],
    [
      "ip('8.8.8.8').isGlobalUnicast() && !ip('224.0.0.1').isGlobalUnicast() && ip('0.0.0.0').isUnspecified()",
      {},
      {},
      true,
    ],
    ["isCIDR('192.168.0.0/16') && !isCIDR('192.168.0.0/33')", {}, {}, true],
    [
      "cidr('192.168.0.0/24').containsIP('192.168.0.1') && !cidr('192.168.0.0/24').containsIP(ip('10.0.0.1'))",
      {},
      {},
      true,
    ],
    [
      "cidr('192.168.0.0/16').containsCIDR('192.168.10.0/24') && cidr('192.168.1.5/24').masked() == cidr('192.168.1.0/24')",
      {},
      {},
      true,
    ],
    ["cidr('192.168.0.1/24').ip() == ip('192.168.0.1') && cidr('::1/128').prefixLength() == 128", {}, {}, true],
    [
      "!format.dns1123Label().validate('contour').hasValue() && format.dns1123Label().validate('Contour').hasValue()",
      {},
      {},
      true,
    ],
    [
      "!format.named('dns1123Subdomain').value().validate('a.b-c').hasValue() && !format.named('x').hasValue()",
      {},
      {},
      true,
    ],
    ['sets.contains([1, 2], [2]) && sets.equivalent([1, 2, 2], [2, 1]) && !sets.intersects([1], [2])', {}, {}, true],
    ['self.?a.?b.orValue("none") == "none" && self.?c.orValue(0) == 1 && self.?c.hasValue()', { c: 1 }, {}, true],
    [
      'self.list[?3].orValue("none") == "none" && self.?c.optMap(v, v + 1).orValue(0) == 2',
      { c: 1, list: [] },
      {},
      true,
    ],
    ['"[?" == self.text && self.?other.orValue("") == ""', { text: '[?' }, {}, true],
    ['oldSelf.hasValue() || self.size() > 0', 'x', {}, true],
    ['self.all(i, v, i < 2 && v > 0) && self.exists(i, v, i == 1 && v == 6)', [5, 6], {}, true],
    ['cel.bind(x, self.size(), x * x == 9)', 'abc', {}, true],
  ])('%s on %j', (rule, self, schema, expected) => {
    expect(says(rule, self, schema)).toBe(expected)
  })
})

describe('the language', () => {
  test.each<[string, Value, ValueMap, boolean | string]>([
    ['self.a == 1 || true', {}, {}, true],
    ['true || self.a == 1', {}, {}, true],
    ['self.a == 1 && false', {}, {}, false],
    ['self.a == 1', {}, {}, 'refused: no such key: a'],
    ['self[3] == 1', [1], {}, 'refused: no such index: 3'],
    ['1 / self == 1', 0, {}, 'refused: division by zero'],
    ['self + 9223372036854775807 > 0', 1, {}, 'refused: integer overflow'],
    ['self.exists(x, x.a == 1)', [{ b: 1 }, { a: 1 }], {}, true],
    ['self.all(x, x.a == 1)', [{ b: 1 }, { a: 2 }], {}, false],
    ['self.all(x, x.a == 1)', [{ b: 1 }, { a: 1 }], {}, 'refused: no such key: a'],
    ['self.exists_one(x, x > 1)', [1, 2, 3], {}, false],
    ['self.filter(x, x > 1).map(x, x * 2) == [4, 6]', [1, 2, 3], {}, true],
    ['1 == 1.0 && 1u == 1 && {1: "a"}[1u] == "a" && 2 in [1.0, 2.0]', {}, {}, true],
    ['self < 1.5 && self >= 1', 1, {}, true],
    ['self == 1.0 && type(self) == double', 1, { type: 'number' }, true],
    ['size(self) == 2 && self.charAt(1) == "b" && "😀".size() == 1', 'ab', {}, true],
    ['self.split(",") == ["a", "b"] && self.replace(",", "-") == "a-b" && self.substring(2) == "b"', 'a,b', {}, true],
    ['self.upperAscii() == "A É".upperAscii().lowerAscii().upperAscii()', 'a É', {}, true],
    [
      '[" a ".trim(), "b"].join("-") == "a-b" && "abcb".lastIndexOf("b") == 3 && "abcb".indexOf("b", 2) == 3',
      {},
      {},
      true,
    ],
    ['duration("90m") == duration("1h30m") && duration("90m").getMinutes() == 90', {}, {}, true],
    [
      'timestamp("2026-02-03T04:05:06Z").getMonth() == 1 && timestamp("2026-02-03T04:05:06Z").getDayOfYear() == 33',
      {},
      {},
      true,
    ],
    [
      'int("12") + int(1.9) + int(duration("3s")) == 16 && double("1.5") == 1.5 && string(7) == "7" && bool("true")',
      {},
      {},
      true,
    ],
    ['type(timestamp("2026-02-03T04:05:06Z")) == google.protobuf.Timestamp', {}, {}, true],
    ['self == b"hi" && size(self) == 2', 'aGk=', { type: 'string', format: 'byte' }, true],
    [
      'self.x__dash__y + self.__namespace__ + self.a__dot__b + self.u__underscores__v == 10',
      { 'x-y': 1, namespace: 2, 'a.b': 3, u__v: 4 },
      { properties: { 'x-y': {}, namespace: {}, 'a.b': {}, u__v: {} } },
      true,
    ],
    ['self["x-y"] == 1', { 'x-y': 1 }, { additionalProperties: { type: 'integer' } }, true],
    ['has(self.a) && !has(self.b) && self.a == null', { a: null }, {}, true],
    ['r"\\d" == "\\\\d" && """a"b""" == "a\\"b"', {}, {}, true],
    ['self.a', { a: 1 }, {}, 'unknown: it is neither true nor false'],
    ['self.isPrime()', 7, {}, 'unknown: isPrime is not known'],
    ['other == 1', 7, {}, 'unknown: other is not known'],
    [
      'self.matches("(?=x)")',
      'x',
      {},
      'unknown: the pattern (?=x) cannot be tried: error parsing regexp: invalid or unsupported Perl syntax: `(?=`',
    ],
    ['"a" + 1 == ""', {}, {}, 'unknown: the function _+_ is not known for string, int'],
  ])('%s on %j', (rule, self, schema, expected) => {
    expect(says(rule, self, schema)).toBe(expected)
  })

  test('a rule that cannot be read says so', () => {
    expect(says('self.a ==', {})).toMatch(/^unknown: /)
    expect(says('('.repeat(5000), {})).toMatch(/^unknown: /)
  })

  test('rules that would never end are stopped', () => {
    const list = Array.from({ length: 200 }, (_, i) => i)
    expect(says(`${'self.all(a, '.repeat(9)}true${')'.repeat(9)}`, list)).toBe('unknown: it would take too long')
    const grown = `${'['.repeat(1)}self + self].map(a, [a + a].map(b, [b + b].map(c, c.size() > 0)))[0][0][0]`
    expect(says(grown, 'x'.repeat(50_000))).toBe('unknown: it would take too long')
    expect(says('[1,2,3,4,5,6,7,8,9].map(a, self).map(b, b.filter(c, b == self)) == []', list)).toBe(
      'unknown: it would take too long',
    )
  })

  test('a map over a long list takes as many steps as the list has items', () => {
    const list = Array.from({ length: 5000 }, (_, i) => i)
    expect(says('self.map(a, a + 1).filter(a, a > 0).size() == 5000', list)).toBe(true)
  })
})

const TRUTH = join(import.meta.dirname, '../../shared/truth')

/** Every rule in the CRDs of a folder of upgrades. */
function rulesBelow(folder: string): ReadonlySet<string> {
  const rules = new Set<string>()
  const collect = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(collect)
    if (typeof value !== 'object' || value === null) return
    for (const [key, part] of Object.entries(value)) {
      if (key === 'x-kubernetes-validations' && Array.isArray(part))
        for (const { rule } of part) rules.add(String(rule).trim())
      collect(part)
    }
  }
  for (const name of readdirSync(folder))
    for (const side of ['crds-before', 'crds-after']) {
      const dir = join(folder, name, side)
      for (const file of existsSync(dir) ? readdirSync(dir) : [])
        for (const { text } of splitDocuments(readFileSync(join(dir, file), 'utf8'))) {
          const read = readYaml(text)
          if (read.ok) collect(read.value)
        }
    }
  return rules
}

test.runIf(existsSync(TRUTH))('every rule of the CRDs of real upgrades is understood', () => {
  const rules = [...rulesBelow(TRUTH)]
  const not = rules.flatMap(rule => {
    const plan = planRule(rule)
    return plan.ok ? [] : [`${rule}: ${plan.reason}`]
  })
  console.log(`${rules.length - not.length} of ${rules.length} CEL rules planned`)
  expect(rules.length).toBeGreaterThan(50)
  expect(not).toEqual([])
})
