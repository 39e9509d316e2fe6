// The same by `require`, which loads ESM from Node 20.19 on, without a flag and without a warning.
const [, , stateDirectory, ...doors] = process.argv
for (const door of doors) require(door)

const { createFork, listForks } = require('@pgfork/core')
async function main() {
  if ((await listForks({ stateDirectory })).length > 0) throw new Error('There are forks in an empty state directory')
  const error = await createFork({ source: `${stateDirectory}/none`, stateDirectory }).catch((reason) => reason)
  if (error.code !== 'SOURCE_NOT_FOUND') throw error
}
main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
