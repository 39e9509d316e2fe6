import { readdirSync } from 'node:fs'
import { cruise } from 'dependency-cruiser'
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config'
import { forbidden } from '../floors.config.ts'

const configurations = readdirSync('.').filter((name) => name.endsWith('.config.ts'))

const { exitCode, output } = await cruise(
  ['packages', 'test', 'scripts', 'bench', 'demo', ...configurations],
  {
    ruleSet: { forbidden },
    validate: true,
    outputType: 'err-long',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(?:^|/)dist/' },
    // Resolves `@pgfork/*` to the sources.
    tsConfig: { fileName: 'tsconfig.json' },
    // Types count as well: who knows another's types knows the other.
    tsPreCompilationDeps: true,
  },
  { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  { tsConfig: extractTSConfig('tsconfig.json') },
)
console.log(output)
process.exitCode = exitCode
