/** Part of the build of @pgfork/core: the pages of docs/ go with it, so that a code or a row that an error names leads somewhere. */
import { copyDocs } from './ship-docs.ts'

await copyDocs(process.argv[2] ?? process.cwd())
