/**
 * Core and the drivers speak to programs: `Call unprotect() first`. Who has typed a command is told the command. A unit test reads
 * every message in their sources and finds what isn't here.
 */
const rules: readonly (readonly [library: RegExp, command: string])[] = [
  // Functions.
  [/\(await openFork\('([^']*)'\)\)\.destroy\(\)/g, 'pgfork destroy $1'],
  [
    /^The fork (\S+) is protected\. Call unprotect\(\) first\./g,
    'The fork $1 is protected. To end that: pgfork protect $1 --off',
  ],
  [
    /^The snapshot (\S+) is protected\. Call unprotect\(\) first\./g,
    'The snapshot $1 is protected. To end that: pgfork snapshot protect $1 --off',
  ],
  [/\bunprotect\(\)/g, 'pgfork protect --off'],
  [/\bcollectGarbage\(\)/g, 'pgfork gc'],
  [/\bdestroy\(\{ isPrimaryGone: true \}\)/g, 'pgfork standby destroy --primary-gone'],
  [/\bimportDatabase\(\)/g, 'pgfork import'],
  [/\brebuildState\(\)/g, 'rebuildState() of @pgfork/core'],
  [/\breset\(\{ prepare \}\)/g, 'pgfork reset --prepare'],
  [/\breset\(\{ wal \}\)/g, 'pgfork reset --wal, --restore-command'],
  [/\breset\(\) it again, or destroy\(\) it\b/g, 'reset it again (pgfork reset), or destroy it (pgfork destroy)'],
  [/\bdestroy\(\) it again\b/g, 'destroy it again (pgfork destroy)'],
  [/\bdestroy\(\) this one\b/g, 'remove this one (pgfork snapshot destroy)'],
  [/\bBegin one with recordHistory\b/g, 'Begin one with pgfork history record'],
  [/\bcreateSnapshot takes one\b/g, 'pgfork snapshot create takes one'],
  [
    /\b(?:createFork|createSnapshot|openFork|openSnapshot|listForks|listSnapshots|collectGarbage) (has|takes)\b/g,
    'pgfork $1',
  ],
  // Options that the command line has.
  [/\bwithoutExtensions: \[([^\]]*)\]/g, '--without-extension, for each of $1'],
  [/\bwithoutExtensions\b/g, '--without-extension'],
  [/(?<!source\.)\bbinDirectory\b/g, '--bin-directory'],
  [/\bname that in passfile\b/g, 'name that in --passfile'],
  [/\btimeline: 'new'/g, 'no --keep-timeline'],
  [/\btimeline: 'keep'/g, '--keep-timeline'],
  [/\bbackgroundWorkers: \{ keep: \['([^']*)'\] \}/g, '--keep-worker $1'],
  [/\bbackgroundWorkers: \{ keep: \[\.\.\] \}/g, '--keep-worker'],
  [/\bpreparedTransactions: 'rollback'/g, '--rollback-prepared'],
  [/\bresettable: true\b/g, '--resettable'],
  [/\bcheckpoint: true\b/g, '--checkpoint'],
  [/\bgoneMachines: \['([^']*)'\]/g, '--gone-machine $1'],
  [/\bby stateDirectory or\b/g, 'by --state-directory or'],
  [/\bPass role, /g, 'Pass --role, '],
  [/\bverify\.deep\b/g, '--deep'],
  [/^timeToLiveMs\b/g, '--ttl'],
  [
    /\bwhich was not passed and is not installed\. Pass it in driver\./g,
    'which is another one than --driver. Leave that out.',
  ],
  [/\bor source\.connection, which tells it\b/g, 'or give the source as a URL, which tells it'],
  [/\bGive source\.connection\b/g, 'Give the source as a URL'],
  [/\bin source\.connection\b/g, "in the source's URL"],
  [/\bdoes not accept source\.connection\b/g, "does not accept the source's URL"],
  // Options that only the configuration has.
  [/(?<![.\w])(timeouts\.\w+|spaceThresholds)\b/g, 'create.$1 in the configuration'],
  [/(?<![.\w])source\.binDirectory\b/g, 'source.binDirectory in the configuration'],
  [/(?<![.\w])verify\.check\b/g, 'create.verify.check'],
  [
    /\bgive the driver a prefix such as \['sudo', '-n'\]/g,
    `give the driver a prefix in the configuration, such as { "drivers": { "btrfs": { "prefix": ["sudo", "-n"] } } }`,
  ],
  [/\bgive the driver a "directory"/g, 'give the driver a directory in the configuration (drivers)'],
]

/** A message of the library's, in the words of the command. */
export const inCommandWords = (message: string): string =>
  rules.reduce((text, [library, command]) => text.replace(library, command), message)
