// Answers each case of standard input, one JSON object a line, with a letter.
import { createInterface } from 'node:readline'
import { runSimulation } from '@cloud-copilot/iam-simulate'

const letters = { Allowed: 'a', ImplicitlyDenied: 'i', ExplicitlyDenied: 'e' }
const policy = (text, i) => ({ name: `p${i}`, policy: JSON.parse(text) })

for await (const line of createInterface({ input: process.stdin })) {
  const { user, account, case: c } = JSON.parse(line)
  const contextVariables = Object.fromEntries(
    Object.entries(c.context ?? {}).map(([key, values]) => [key, key === 'aws:TagKeys' ? values : values[0]]))
  const answer = await runSimulation({
    request: { principal: user, action: c.action, resource: { resource: c.resource, accountId: account }, contextVariables },
    identityPolicies: c.policies.map(policy),
    permissionBoundaryPolicies: c.boundary ? [policy(c.boundary, 'boundary')] : undefined,
    serviceControlPolicies: [],
    resourceControlPolicies: []
  }, {})
  if (answer.resultType === 'error') console.error(JSON.stringify(answer.errors))
  const dropped = answer.result?.ignoredContextKeys?.length > 0 // the question was another one
  console.log(answer.resultType === 'single' && !dropped ? letters[answer.overallResult] : '-')
}
