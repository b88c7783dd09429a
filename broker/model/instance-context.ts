/** The platform's `context` of an instance: where it lives. Names are absent on some platforms. */
export interface InstanceContext {
  platform?: string
  organization_guid?: string
  organization_name?: string
  space_guid?: string
  space_name?: string
  instance_name?: string
}
