/** The hidden lines of our replies, by which a later pass knows what was answered. Written and read here; only those in comments of our own count. */

const REPLY = /<!-- windlass:reply (\d{1,16}) -->/g
const REFUSED = /<!-- windlass:refused ([\w-]{1,60}) -->/g

/** Says that a comment, named by its id, was answered. */
export function replyMarker(comment: number): string {
  return `<!-- windlass:reply ${comment} -->`
}

/** Says that somebody, named by the login, was told that they may not command here. */
export function refusedMarker(login: string): string {
  return `<!-- windlass:refused ${login.replace(/[^\w-]/g, '')} -->`
}

/** The ids of the comments that a reply answers. */
export function answeredIn(body: string): readonly number[] {
  return [...body.matchAll(REPLY)].map(([, id]) => Number(id))
}

/** The logins of those whom a reply refuses. */
export function refusedIn(body: string): readonly string[] {
  return [...body.matchAll(REFUSED)].map(([, login]) => login ?? '')
}
