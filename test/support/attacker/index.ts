export { type Listener, listen } from './listen.ts'
export { type Swapper, startSwapping } from './swap.ts'
export { isRoot, nobody } from './users.ts'
export { startWatching } from './watch.ts'
