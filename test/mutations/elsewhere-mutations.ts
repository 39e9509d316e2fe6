import type { Mutation } from './mutation.ts'

const core = 'packages/core/src'
const standby = 'test/integration/create-standby/create-standby.test.ts'
const imported = 'test/integration/import-database/import-database.test.ts'

/** Of standbys and imports of servers elsewhere. */
export const elsewhereMutations: readonly Mutation[] = [
  {
    row: 'H1',
    file: `${core}/standby/seed.ts`,
    find: 'const mapped = tablespaces.map(',
    replace: 'const mapped = tablespaces.slice(0, 0).map(',
    test: standby,
  },
  {
    row: 'H94',
    file: `${core}/standby/check-primary.ts`,
    find: 'if (usesSlot) refuseUnboundedSlot(primary, where)',
    replace: 'void [usesSlot, refuseUnboundedSlot]',
    test: standby,
  },
  {
    row: 'H94',
    file: `${core}/standby/remove-standby.ts`,
    find: 'if (options.isPrimaryGone !== true) await dropOwnSlot(operation, current)',
    replace: 'void [options, dropOwnSlot]',
    test: standby,
  },
  {
    row: 'H90',
    file: `${core}/standby/check-primary.ts`,
    find: "name === '*' || ",
    replace: '',
    test: standby,
  },
  {
    row: 'H94',
    file: `${core}/standby/standby-settings.ts`,
    find: "{ wal_receiver_create_temp_slot: 'off' }",
    replace: '{}',
    test: standby,
  },
  {
    row: 'H94',
    file: `${core}/elsewhere/open-sessions.ts`,
    find: 'formatOptions({ ...settings, ...keepAlive })',
    replace: 'formatOptions([settings, keepAlive][0] ?? {})',
    test: `${core}/elsewhere/open-sessions.test.ts`,
  },
  {
    row: 'H94',
    file: `${core}/elsewhere/server-address.ts`,
    find: 'options: formatOptions({ ...keepAlive,',
    replace: 'options: formatOptions({ ...[keepAlive].slice(1)[0],',
    test: `${core}/elsewhere/server-address.test.ts`,
  },
  {
    row: 'H124',
    file: `${core}/elsewhere/begin-copy.ts`,
    find: 'await refuseTakenFolder(operation, directory)',
    replace: 'void [refuseTakenFolder, directory]',
    test: standby,
  },
  {
    row: 'H92',
    file: `${core}/elsewhere/open-sessions.ts`,
    find: "password === '' ? noPassword : password",
    replace: '[password, noPassword][0] as string',
    test: `${core}/elsewhere/open-sessions.test.ts`,
  },
  {
    row: 'H112',
    file: `${core}/import/lend-passfile.ts`,
    find: 'replaceFileAt(passfile.path, text, ownUser())',
    replace: 'void ownUser',
    test: imported,
  },
  {
    row: 'H93',
    file: `${core}/import/refresh.ts`,
    find: 'const role = nameSuperuser(origin.rolesLikeOurs, before.role)',
    replace: 'const role = nameSuperuser([], before.role)',
    test: imported,
  },
  {
    row: 'H91',
    file: `${core}/standby/standby-settings.ts`,
    find: "hot_standby_feedback: 'off',",
    replace: "hot_standby_feedback: 'on',",
    test: standby,
  },
  {
    row: 'H91',
    file: `${core}/standby/write-standby-files.ts`,
    find: "replaceFile(directory, 'postgresql.auto.conf', '', owner)",
    replace: '',
    test: standby,
  },
  {
    row: 'H92',
    file: `${core}/elsewhere/copy-folder.ts`,
    find: 'if (passfile === undefined || !isBelow(passfile.path, volume.root)) return',
    replace: 'if (passfile === undefined || isBelow(volume.root, volume.root)) return',
    test: standby,
  },
  {
    row: 'H93',
    file: `${core}/import/build-generation.ts`,
    find: "'--no-subscriptions',",
    replace: '',
    test: imported,
  },
  {
    row: 'H93',
    file: `${core}/import/refresh.ts`,
    find: 'const before = await removeLeftGenerations(operation, record)',
    replace: 'const before = { ...record, generations: [planGeneration(record.directory, [])] }',
    test: imported,
  },
  {
    row: 'H112',
    file: `${core}/import/refuse-borrowed-owner.ts`,
    find: 'if (pid === undefined) return',
    replace: 'if (pid !== 0) return',
    test: imported,
  },
  {
    row: 'H126',
    file: `${core}/postgres/sql/withstand-nonsense.ts`,
    find: 'stream.destroy(new Error(',
    replace: 'throw (new Error(',
    test: `${core}/elsewhere/open-sessions.test.ts`,
  },
  {
    row: 'H127',
    file: 'packages/core/src/api/create-standby.ts',
    find: 'if (!primaryIsHere) await refuseOwnMachine(address, owner)',
    replace: 'void [primaryIsHere, address, owner, refuseOwnMachine]',
    test: 'test/integration/create-standby/create-standby.test.ts',
  },
]
