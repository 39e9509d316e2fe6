export { type Elsewhere, enter, type Place, startElsewhere, whyNotElsewhere } from './elsewhere.ts'
