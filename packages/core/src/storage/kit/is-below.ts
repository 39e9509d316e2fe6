/** Whether `path` is `folder` or lies in it. Both are absolute and normal. */
export const isBelow = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`)
