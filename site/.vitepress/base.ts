import { findAddress } from '../../scripts/address.ts'

/** The path of the site's front page, with a slash at its end. On GitHub Pages it is the repository's name. */
export const base = `${new URL(findAddress()?.site ?? 'https://localhost').pathname.replace(/\/$/, '')}/`
