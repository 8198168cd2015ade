/** The text of a reply, null for none, and the reaction that the comment gets. */
export type Reply = { readonly text: string | null; readonly reaction: '+1' | 'confused' | 'eyes' }

/** Nothing was done. */
export function confused(text: string): Reply {
  return { text, reaction: 'confused' }
}

/** It was done. */
export function done(text: string): Reply {
  return { text, reaction: '+1' }
}

/** Something was shown, and nothing had to be done. */
export function shown(text: string): Reply {
  return { text, reaction: 'eyes' }
}
