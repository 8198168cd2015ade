import type { Check } from '../model.ts'

/** The check run on the default branch when we gave up on a repository, and when we are back. */
export function parkedCheck(isParked: boolean): Check {
  return isParked ? PARKED : BACK
}

const PARKED: Check = {
  title: 'Windlass gave up on this repository',
  summary: [
    'Twice in a row the server ended in the middle of its work on this repository, so it is left alone until something happens here:',
    'nothing is opened, updated or closed, and comments wait.',
    '',
    'Usually the server has too little memory for what is rendered here; its log says more. Any push or comment gives it one more try.',
  ].join('\n'),
  conclusion: 'failure',
}

const BACK: Check = {
  title: 'Windlass is back',
  summary: 'The last look at this repository came to its end.',
  conclusion: 'success',
}
