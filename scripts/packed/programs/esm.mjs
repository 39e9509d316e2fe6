// Plain JavaScript in ESM: every door is imported, and the library does something.
const [, , stateDirectory, ...doors] = process.argv
for (const door of doors) await import(door)

const { createFork, listForks } = await import('@pgfork/core')
if ((await listForks({ stateDirectory })).length > 0) throw new Error('There are forks in an empty state directory')
const error = await createFork({ source: `${stateDirectory}/none`, stateDirectory }).catch((reason) => reason)
if (error.code !== 'SOURCE_NOT_FOUND') throw error
