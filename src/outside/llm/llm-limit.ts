/** Bytes of one HTTP answer; a full one has a hundredth of it. */
const MAX_BYTES = 4_000_000

/** The answer goes on for longer than any answer does. */
export class TooLong extends Error {
  override readonly name = 'TooLong'
}

/**
 * A fetch that reads the whole answer, so that the client's time limit covers the body too, and no more than 4 MB of it.
 * It follows no redirect: the question and the key go to the address that the operator wrote and to no other.
 */
export function limitedFetch(inner: typeof fetch): typeof fetch {
  return async (input, init) => {
    const answer = await inner(input, { ...init, redirect: 'manual' })
    const { status, statusText, headers } = answer
    const body = [204, 205, 304].includes(status) ? null : await readUpTo(answer.body, MAX_BYTES)
    return new Response(body, { status, statusText, headers })
  }
}

async function readUpTo(body: ReadableStream<Uint8Array> | null, max: number): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.length
    if (size > max) throw new TooLong(`more than ${max} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
