import type { Schema } from '../../plugin/schema.ts'

/** `aws_elasticache_parameter_group`, complete, as in the AWS provider 6.25.0. */
export const schema: Schema = {
  version: 0,
  block: {
    attributes: {
      arn: { type: 'string', computed: true },
      description: { type: 'string', optional: true },
      family: { type: 'string', required: true },
      id: { type: 'string', optional: true, computed: true },
      name: { type: 'string', required: true },
      region: { type: 'string', optional: true, computed: true },
      tags: { type: ['map', 'string'], optional: true },
      tags_all: { type: ['map', 'string'], optional: true, computed: true },
    },
    blocks: {
      parameter: {
        nesting: 'SET',
        block: {
          attributes: {
            name: { type: 'string', required: true },
            value: { type: 'string', required: true },
          },
        },
      },
    },
  },
}

/** A change of one of these needs a new group. */
export const FORCE_NEW = ['description', 'family', 'name', 'region']
