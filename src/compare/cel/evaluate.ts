import { sameValue } from './equal.ts'
import { FORMS } from './forms.ts'
import { FUNCTIONS } from './functions.ts'
import { member, reach } from './member.ts'
import { type Expr, OPTIONAL } from './parse.ts'
import { type Budget, CelFailure, type CelValue, isCelList, isCelMap, spend, typeName } from './values.ts'

/** Names that mean something at a place in a rule, the innermost first. */
export type Scope = {
  readonly name: string
  readonly value: CelValue | CelFailure
  /** A list that only its comprehension sees. */
  readonly grows: boolean
  readonly outer: Scope
} | null

/** One evaluation: what it may still cost, and how deep it stands. */
export type Run = { readonly budget: Budget; depth: number }

const DEEPEST = 250

/** Types that a rule may name. */
export const TYPE_NAMES: ReadonlyMap<string, CelValue> = new Map(
  ['int', 'uint', 'double', 'bool', 'string', 'bytes', 'list', 'map', 'null_type', 'type'].map(name => [
    name,
    { cel: 'type', name },
  ]),
)

/** The value of an expression. Throws CelFailure when there is none and OutOfBudget when it costs too much. */
export function evaluate(expr: Expr, scope: Scope, run: Run): CelValue {
  spend(run.budget, 1)
  if (run.depth > DEEPEST) throw new CelFailure('it is nested too deep', false)
  run.depth++
  try {
    return inner(expr, scope, run)
  } finally {
    run.depth--
  }
}

function inner({ exprKind: kind }: Expr, scope: Scope, run: Run): CelValue {
  switch (kind.case) {
    case 'constExpr':
      return constant(kind.value.constantKind)
    case 'identExpr':
      return named(kind.value.name, scope)
    case 'selectExpr':
      return select(kind.value, scope, run)
    case 'callExpr':
      return call(kind.value, scope, run)
    case 'listExpr':
      return kind.value.elements.map(part => evaluate(part, scope, run))
    case 'structExpr':
      return struct(kind.value, scope, run)
    case 'comprehensionExpr':
      return comprehension(kind.value, scope, run)
    default:
      throw new CelFailure('it has a part that is not known', false)
  }
}

type Kind<C extends string> = Extract<Expr['exprKind'], { case: C }>['value']

function constant(found: Kind<'constExpr'>['constantKind']): CelValue {
  switch (found.case) {
    case 'uint64Value':
      return { cel: 'uint', value: found.value }
    case 'int64Value':
    case 'doubleValue':
    case 'boolValue':
    case 'stringValue':
    case 'bytesValue':
      return found.value
    case 'nullValue':
      return null
    default:
      throw new CelFailure('it has a literal that is not known', false)
  }
}

function bound(name: string, scope: Scope): Scope {
  for (let here = scope; here; here = here.outer) if (here.name === name) return here
  return null
}

function named(name: string, scope: Scope): CelValue {
  const found = bound(name, scope)
  if (found?.value instanceof CelFailure) throw found.value
  if (found) return found.value
  const type = TYPE_NAMES.get(name)
  if (type !== undefined) return type
  throw new CelFailure(`${name} is not known`, false)
}

/** The operand behind a mark of the reader of optional parts, null when there is none. */
function marked(operand: Expr | undefined): Expr | null {
  const kind = operand?.exprKind
  if (kind?.case === 'selectExpr' && kind.value.field === OPTIONAL) return kind.value.operand ?? null
  if (kind?.case !== 'callExpr' || kind.value.function !== '_[_]') return null
  const [target, index] = kind.value.args
  const literal = index?.exprKind.case === 'constExpr' ? index.exprKind.value.constantKind : null
  return literal?.case === 'stringValue' && literal.value === OPTIONAL ? (target ?? null) : null
}

function select({ operand, field, testOnly }: Kind<'selectExpr'>, scope: Scope, run: Run): CelValue {
  const qualified = qualifiedName(operand)
  if (qualified === 'google.protobuf' && !bound('google', scope)) return { cel: 'type', name: `${qualified}.${field}` }
  const optional = marked(operand)
  const value = evaluate(known(optional ?? operand), scope, run)
  if (!testOnly) return reach(value, field, optional !== null)
  return member(value, field) !== undefined
}

function known(expr: Expr | undefined): Expr {
  if (!expr) throw new CelFailure('a part of it is missing', false)
  return expr
}

/** `math.least` and the like: a chain of plain names, '' when it is none. */
export function qualifiedName(expr: Expr | undefined): string {
  const kind = expr?.exprKind
  if (kind?.case === 'identExpr') return kind.value.name
  if (kind?.case !== 'selectExpr' || kind.value.testOnly) return ''
  const before = qualifiedName(kind.value.operand)
  return before === '' ? '' : `${before}.${kind.value.field}`
}

function call(value: Kind<'callExpr'>, scope: Scope, run: Run): CelValue {
  const { target, function: name, args } = value
  const form = FORMS.get(name)?.(value, scope, run)
  if (form !== undefined) return form
  if (name === '_[_]') return index(args, scope, run)
  const sum = name === '_+_' ? grown(args, scope, run) : undefined
  if (sum !== undefined) return sum
  const qualified = qualifiedName(target)
  const root = qualified.split('.')[0] ?? ''
  if (qualified !== '' && !bound(root, scope) && FUNCTIONS.has(`${qualified}.${name}`))
    return applied(`${qualified}.${name}`, args, scope, run)
  return target ? applied(`.${name}`, [target, ...args], scope, run) : applied(name, args, scope, run)
}

function index([operand, key]: readonly Expr[], scope: Scope, run: Run): CelValue {
  const optional = marked(operand)
  const value = evaluate(known(optional ?? operand), scope, run)
  return reach(value, evaluate(known(key), scope, run), optional !== null)
}

function applied(name: string, args: readonly Expr[], scope: Scope, run: Run): CelValue {
  const implementation = FUNCTIONS.get(name)
  if (!implementation) throw new CelFailure(`the function ${name.replace('.', '')} is not known`, false)
  const values = args.map(part => evaluate(part, scope, run))
  const result = implementation(values, run.budget)
  if (result !== undefined) return result
  const types = values.map(typeName).join(', ')
  throw new CelFailure(`the function ${name.replace('.', '')} is not known for ${types}`, false)
}

function struct({ messageName, entries }: Kind<'structExpr'>, scope: Scope, run: Run): CelValue {
  if (messageName !== '') throw new CelFailure(`the type ${messageName} is not known`, false)
  const map = new Map<CelValue, CelValue>()
  for (const { keyKind, value } of entries) {
    if (keyKind.case !== 'mapKey') throw new CelFailure('a key of it is not known', false)
    const key = evaluate(keyKind.value, scope, run)
    if ([...map.keys()].some(other => sameValue(other, key, run.budget))) throw new CelFailure('a key twice', true)
    map.set(key, evaluate(known(value), scope, run))
  }
  return map
}

/** What a comprehension goes over: the items of a list, the keys of a map. */
export function items(range: CelValue): readonly CelValue[] {
  if (isCelList(range)) return range
  if (isCelMap(range)) return [...range.keys()]
  throw new CelFailure(`a ${typeName(range)} cannot be gone through`, false)
}

/** Errors stay in the accumulator until something absorbs them (`||` and `&&` do), as in cel-go. */
function comprehension(value: Kind<'comprehensionExpr'>, scope: Scope, run: Run): CelValue {
  const { accuVar, iterVar, iterRange, accuInit, loopCondition, loopStep, result } = value
  const range = items(evaluate(known(iterRange), scope, run))
  const grows = accuInit?.exprKind.case === 'listExpr'
  const accu = { name: accuVar, value: attempt(() => evaluate(known(accuInit), scope, run)), grows, outer: scope }
  const at = { name: iterVar, value: null as CelValue, grows: false, outer: accu }
  for (const item of range) {
    at.value = item
    if (evaluate(known(loopCondition), at, run) === false) break
    accu.value = attempt(() => evaluate(known(loopStep), at, run))
  }
  return evaluate(known(result), accu, run)
}

/** A value, or the failure instead of it. */
export function attempt(work: () => CelValue): CelValue | CelFailure {
  try {
    return work()
  } catch (error) {
    if (error instanceof CelFailure) return error
    throw error
  }
}

/** `map` and `filter` add to their list item by item: the list is theirs, so it grows in place. Undefined when this is another sum. */
function grown([left, right]: readonly Expr[], scope: Scope, run: Run): CelValue | undefined {
  if (left?.exprKind.case !== 'identExpr' || right?.exprKind.case !== 'listExpr') return undefined
  const found = bound(left.exprKind.value.name, scope)
  if (!found?.grows || found.value instanceof CelFailure || !isCelList(found.value)) return undefined
  const added = right.exprKind.value.elements.map(part => evaluate(part, scope, run))
  ;(found.value as CelValue[]).push(...added)
  return found.value
}
