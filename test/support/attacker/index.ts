export { type Swapper, startSwapping } from './swap.ts'
export { isRoot, nobody } from './users.ts'
