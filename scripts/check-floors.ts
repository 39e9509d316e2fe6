import { cruise } from 'dependency-cruiser'
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config'
import { forbidden } from '../floors.config.ts'

const { exitCode, output } = await cruise(
  ['packages'],
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
  {},
  { tsConfig: extractTSConfig('tsconfig.json') },
)
console.log(output)
process.exitCode = exitCode
