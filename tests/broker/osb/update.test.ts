import { failed } from './update/failed.ts'
import { inProgress } from './update/in-progress.ts'
import { nothingToDeploy } from './update/nothing-to-deploy.ts'
import { toOtherPlans } from './update/plans.ts'
import { refused } from './update/refused.ts'
import { updateSite } from './update/site.ts'

/** PATCH of an instance. */
const site = updateSite()

refused(site)
nothingToDeploy(site)
inProgress(site)
failed(site)
toOtherPlans(site)
