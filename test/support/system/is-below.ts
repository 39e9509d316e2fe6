/** Whether `path` is `folder` or lies in it. */
export const isBelow = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)
