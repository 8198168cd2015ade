import { describe, expect, test } from 'vitest'
import { isOpen, nextOpening, readSchedule, scheduleProblem } from '../src/text/schedule.ts'

/** 2026-11-23 is a Monday. */
const at = (text: string) => new Date(`2026-11-${text}Z`)

describe('phrases', () => {
  test.each([
    ['at any time', '23T03:00', true],
    ['before 6am on monday', '23T05:59', true],
    ['before 6am on monday', '23T06:00', false],
    ['before 6am on monday', '24T05:00', false],
    ['after 10pm', '23T22:00', true],
    ['after 10pm', '23T21:59', false],
    ['after 10pm and before 5am', '23T23:30', true],
    ['after 10pm and before 5am', '24T04:59', true],
    ['after 10pm and before 5am', '24T05:00', false],
    ['after 9am and before 5pm every weekday', '23T12:00', true],
    ['after 9am and before 5pm every weekday', '22T12:00', false],
    ['every weekend', '22T12:00', true],
    ['every weekend', '23T12:00', false],
    ['on friday and saturday', '27T12:00', true],
    ['on friday, saturday and sunday', '29T12:00', true],
    ['on friday and saturday', '29T12:00', false],
    ['before 6am on the first day of the month', '01T03:00', true],
    ['before 6am on the first day of the month', '02T03:00', false],
    ['before 12am', '23T00:00', false],
    ['after 12pm', '23T11:59', false],
    ['after 12pm', '23T12:00', true],
    ['before 05:30', '23T05:29', true],
  ])('%s at %s: %s', (text, moment, open) => expect(isOpen([text], 'UTC', at(moment))).toBe(open))
})

describe('windows and crons', () => {
  test.each([
    ['Mon-Thu 09:00-15:00', '23T09:00', true],
    ['Mon-Thu 09:00-15:00', '23T15:00', false],
    ['Mon-Thu 09:00-15:00', '27T10:00', false],
    ['Fri-Mon', '22T10:00', true],
    ['Sat,Sun 10:00-11:00', '21T10:30', true],
    ['22:00-04:00', '23T03:00', true],
    ['22:00-04:00', '23T04:00', false],
    ['* 0-5 * * 1', '23T05:59', true],
    ['* 0-5 * * 1', '23T06:00', false],
    ['* 0-5 * * 1', '24T05:00', false],
  ])('%s at %s: %s', (text, moment, open) => expect(isOpen([text], 'UTC', at(moment))).toBe(open))
})

test('the time zone is the one of the text, else the one that is given, summer time included', () => {
  expect(isOpen(['Mon 09:00-10:00 Europe/Berlin'], 'UTC', at('23T08:30'))).toBe(true)
  expect(isOpen(['Mon 09:00-10:00'], 'Europe/Berlin', at('23T08:30'))).toBe(true)
  expect(isOpen(['Mon 09:00-10:00'], 'Europe/Berlin', new Date('2026-07-20T07:30Z'))).toBe(true)
  expect(isOpen(['Mon 09:00-10:00'], 'Europe/Berlin', new Date('2026-07-20T08:30Z'))).toBe(false)
})

test.each([
  '',
  'sometimes',
  'before',
  'before 6',
  'before 25:00',
  'before 13pm',
  'on blursday',
  'Mon-Thu 9-15',
  'Mon 09:00-15:00 Europe/Nowhere',
  '0 6 * * 1',
  '* 0-99 * * 1',
  'after 3am before 5am',
])('%j is no schedule', text => {
  expect(readSchedule(text, 'UTC')).toBeNull()
  expect(scheduleProblem(text)).toContain('a ')
})

test('one of several is enough; none at all is always open', () => {
  expect(isOpen(['on monday', 'on tuesday'], 'UTC', at('24T12:00'))).toBe(true)
  expect(isOpen([], 'UTC', at('24T12:00'))).toBe(true)
})

test('the next opening is found to the minute', () => {
  const next = (text: string, from: string) => nextOpening([text], 'UTC', at(from))?.toISOString()
  expect(next('before 6am on monday', '23T07:00')).toBe('2026-11-30T00:00:00.000Z')
  expect(next('Mon-Thu 09:10-15:00', '23T00:00')).toBe('2026-11-23T09:10:00.000Z')
  expect(next('every weekend', '22T10:00')).toBe('2026-11-22T10:00:00.000Z')
  expect(next('* 3 29 2 *', '22T10:00')).toBeUndefined()
})
