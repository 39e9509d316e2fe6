/** `npm run manifests`: writes into each package's manifest where it comes from, after the workspace's. */
import { completeManifests } from './manifests.ts'

await completeManifests()
