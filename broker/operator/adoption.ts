import { Hono } from 'hono'
import * as v from 'valibot'
import { type Adoption, AdoptionRefused } from '../adoption/adoption.ts'
import { type Catalog, maintenanceVersion, serviceId } from '../catalog/catalog.ts'
import { changed } from '../catalog/parameter-changes.ts'
import { storableText } from '../database/storable.ts'
import type { Finding } from '../drift/finding.ts'
import { type Instance, newInstance } from '../instances/instance.ts'
import { readBody, refuse } from './requests.ts'

const adoptionBody = v.object({
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

export interface AdoptionAnswer {
  changes: Finding[]
  /** Null when it was only to be told. */
  operation: string | null
}

/** To be mounted at `/operator/adoptions`. */
export function adoptionApp(adoption: Adoption, catalog: Catalog): Hono {
  const app = new Hono()

  app.post('/', async (c) => {
    const body = await readBody(c, adoptionBody)
    const instance = asInstance(catalog, body)
    try {
      const changes = await adoption.check(instance, c.req.raw.signal)
      if (body.dryRun) return c.json({ changes, operation: null } satisfies AdoptionAnswer)
      const { id } = await adoption.begin(instance)
      return c.json({ changes, operation: id } satisfies AdoptionAnswer, 202)
    } catch (error) {
      if (error instanceof AdoptionRefused) refuse(409, error.message)
      throw error
    }
  })

  return app
}

function asInstance(catalog: Catalog, body: v.InferOutput<typeof adoptionBody>): Instance {
  const plan = catalog.plans.find(({ id, name }) => body.plan === id || body.plan === name)
  if (!plan) {
    refuse(400, `There is no plan ${body.plan}: ${catalog.plans.map(({ name }) => name).join(', ')}.`)
  }
  const parameters = v.safeParse(catalog.parameters(plan).create, { engineVersion: body.engineVersion })
  if (!parameters.success) refuse(400, parameters.issues.map(({ message }) => message).join(' '))
  const { name, space, spaceName, organization, organizationName } = body
  return newInstance(
    { id: body.instance, serviceId, organizationGuid: organization, spaceGuid: space },
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
    body.group,
  )
}
