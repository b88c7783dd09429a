import { Hono } from 'hono'
import * as v from 'valibot'
import { type Adoption, AdoptionRefused } from '../adoption/adoption.ts'
import { type Catalog, maintenanceVersion, serviceId } from '../catalog/catalog.ts'
import { changed } from '../catalog/parameter-changes.ts'
import { storableText } from '../database/storable.ts'
import { object } from '../http/json-object.ts'
import { type Instance, newInstance } from '../instances/instance.ts'
import { engineOf, numberOf, versionOf } from '../model/engine-versions.ts'
import { sentencesOf } from '../text/issues.ts'
import { answer } from './answer.ts'
import { body, refuse } from './requests.ts'
import { shownOperation } from './shown.ts'

const adoptionBody = object({
  group: v.pipe(storableText, v.regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be the id of a replication group')),
  /** The guid that the platform knows the instance by. */
  instance: storableText,
  /** Its name or its id. */
  plan: storableText,
  engineVersion: storableText,
  organization: storableText,
  space: storableText,
  name: v.optional(storableText),
  organizationName: v.optional(storableText),
  spaceName: v.optional(storableText),
  /** Only tells what would change. */
  dryRun: v.optional(v.boolean(), false),
})

/** To be mounted at `/operator/adoptions`. */
export function adoptionApp(adoption: Adoption, catalog: Catalog) {
  /** Says what would change of the group and, unless it was only to be told, queues the adoption. */
  return new Hono().post('/', body(adoptionBody), async (c) => {
    const request = c.req.valid('json')
    const instance = asInstance(catalog, request)
    try {
      const changes = await adoption.check(instance, c.req.raw.signal)
      if (request.dryRun) return answer(c, { changes, operation: null }, 200)
      return answer(c, { changes, operation: shownOperation(await adoption.begin(instance)) }, 202)
    } catch (error) {
      if (error instanceof AdoptionRefused) refuse(409, error.message)
      throw error
    }
  })
}

function asInstance(catalog: Catalog, request: v.InferOutput<typeof adoptionBody>): Instance {
  const plan = catalog.plans.find(({ id, name }) => request.plan === id || request.plan === name)
  if (!plan) {
    refuse(400, `There is no plan ${request.plan}: ${catalog.plans.map(({ name }) => name).join(', ')}.`)
  }
  const parameters = v.safeParse(catalog.parameters(plan).create, engineParameters(request.engineVersion))
  if (!parameters.success) refuse(400, sentencesOf(parameters.issues))
  const { name, space, spaceName, organization, organizationName } = request
  return newInstance(
    { id: request.instance, serviceId, organizationGuid: organization, spaceGuid: space },
    {
      planId: plan.id,
      parameters: changed({ engineVersion: plan.defaultEngineVersion }, parameters.output.parameters),
      context: {
        organization_guid: organization,
        space_guid: space,
        ...(name ? { instance_name: name } : {}),
        ...(spaceName ? { space_name: spaceName } : {}),
        ...(organizationName ? { organization_name: organizationName } : {}),
      },
      maintenanceVersion,
      updatedAt: new Date().toISOString(),
    },
    request.group,
  )
}

/** As users would give it: a version of Valkey goes with the engine. */
function engineParameters(version: string) {
  const known = versionOf(version.replace(/^valkey:/, ''))
  const isOfValkey = known !== undefined && engineOf(known) === 'valkey'
  return isOfValkey ? { engine: 'valkey', engineVersion: numberOf(known) } : { engineVersion: version }
}
