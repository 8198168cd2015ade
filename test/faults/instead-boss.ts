/** Stands in the place of pg-boss: the client that belongs to the database of a replica. */
export class PgBoss {
  constructor({ db }: { readonly db: object }) {
    // biome-ignore lint/correctness/noConstructorReturn: the product says `new PgBoss`, and every replica has a client of its own.
    return db as PgBoss
  }
}
