import type { Client } from 'pg'

export interface Relation {
  readonly oid: string
  readonly name: string
  readonly kind: 'index' | 'table'
}

export interface ListedRelations {
  readonly relations: readonly Relation[]
  /** Indexes that are left out because checking them would run code of their owners as a superuser. */
  readonly leftOut: readonly string[]
}

/** The first minor version of each major one whose amcheck does (CVE-2022-1552); all of 15 and later. */
const firstMinors: Readonly<Record<number, number>> = { 10: 21, 11: 16, 12: 11, 13: 7, 14: 3 }

/** Whether amcheck runs the functions of an index with the rights of its owner alone. `version`: such as 140002. */
export const runsAsOwner = (version: number): boolean =>
  version % 10_000 >= (firstMinors[Math.floor(version / 10_000)] ?? 0)

/** What amcheck can look at: B-trees and, where `withTables`, tables. */
export async function listRelations(
  client: Client,
  { withTables, version }: { readonly withTables: boolean; readonly version: number },
): Promise<ListedRelations> {
  const { rows } = await client.query<Relation & { isForeign: boolean }>(
    `select c.oid::text as oid, c.oid::regclass::text as name, case relkind when 'i' then 'index' else 'table' end as kind,
            coalesce(indexprs is not null or indpred is not null or exists (
              select from pg_opclass join pg_type on pg_type.oid = opcintype
               where pg_opclass.oid = any(indclass::oid[]) and (pg_opclass.oid >= 16384 or typtype = 'p')), false) as "isForeign"
       from pg_class c left join pg_index on indexrelid = c.oid left join pg_am am on am.oid = relam
      where relpersistence = 'p'
        and (relkind = 'i' and amname = 'btree' and indisvalid and indisready
             or $1 and relkind in ('r', 't', 'm') and (amname = 'heap' or amname is null))
      order by kind, name`,
    [withTables],
  )
  const isLeftOut = ({ isForeign }: { isForeign: boolean }): boolean => isForeign && !runsAsOwner(version)
  return {
    relations: rows.filter((row) => !isLeftOut(row)),
    leftOut: rows.filter(isLeftOut).map(({ name }) => name),
  }
}
