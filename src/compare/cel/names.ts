import { qualifiedName, TYPE_NAMES } from './evaluate.ts'
import { FORMS } from './forms.ts'
import { FUNCTIONS } from './functions.ts'
import { type Expr, OPTIONAL } from './parse.ts'

type Names = ReadonlySet<string>
type Call = Extract<Expr['exprKind'], { case: 'callExpr' }>['value']

/** How many of the first arguments of a form are names that it gives a meaning. */
const BINDS: Readonly<Record<string, number>> = {
  all: 2,
  exists: 2,
  existsOne: 2,
  transformList: 2,
  transformMap: 2,
  optMap: 1,
  optFlatMap: 1,
  bind: 1,
}

/** The first name or function of a rule that means nothing here, null when all are known. */
export function unknownName({ exprKind: kind }: Expr, names: Names): string | null {
  switch (kind.case) {
    case 'identExpr':
      return names.has(kind.value.name) || TYPE_NAMES.has(kind.value.name) ? null : kind.value.name
    case 'selectExpr':
      return qualifiedName(kind.value.operand) === 'google.protobuf' ? null : first([kind.value.operand], names)
    case 'listExpr':
      return first(kind.value.elements, names)
    case 'structExpr':
      if (kind.value.messageName !== '') return kind.value.messageName
      return first(
        kind.value.entries.flatMap(({ keyKind, value }) => [
          keyKind.case === 'mapKey' ? keyKind.value : undefined,
          value,
        ]),
        names,
      )
    case 'comprehensionExpr': {
      const { accuVar, iterVar, iterRange, accuInit, loopCondition, loopStep, result } = kind.value
      const inside = new Set([...names, accuVar, iterVar])
      return first([iterRange, accuInit], names) ?? first([loopCondition, loopStep, result], inside)
    }
    case 'callExpr':
      return inCall(kind.value, names)
    default:
      return null
  }
}

function first(parts: readonly (Expr | undefined)[], names: Names): string | null {
  for (const part of parts) {
    const found = part ? unknownName(part, names) : null
    if (found !== null) return found
  }
  return null
}

function inCall({ target, function: name, args }: Call, names: Names): string | null {
  const bound = args
    .slice(0, BINDS[name] ?? 0)
    .flatMap(({ exprKind }) => (exprKind.case === 'identExpr' ? exprKind.value.name : []))
  if (BINDS[name] !== undefined && bound.length === BINDS[name]) {
    const library = name === 'bind' && qualifiedName(target) === 'cel'
    return (library ? null : first([target], names)) ?? first(args.slice(bound.length), new Set([...names, ...bound]))
  }
  const qualified = qualifiedName(target)
  if (qualified !== '' && FUNCTIONS.has(`${qualified}.${name}`) && !names.has(qualified.split('.')[0] ?? ''))
    return first(args, names)
  const known = FORMS.has(name) || name === '_[_]' || FUNCTIONS.has(target ? `.${name}` : name)
  return known ? first([target, ...args], names) : name.replace(OPTIONAL, '?')
}
