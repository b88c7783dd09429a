/** What AWS answers in its own XML. */
export interface Answer {
  status?: number
  type?: string
  xml: string
}

export const arn = (id: string) => `arn:aws:elasticache:eu-central-1:123456789012:replicationgroup:${id}`

export function fault(code: string): Answer {
  return {
    status: code === 'ReplicationGroupNotFoundFault' ? 404 : 400,
    xml: `<ErrorResponse xmlns="http://elasticache.amazonaws.com/doc/2015-02-02/"><Error><Type>Sender</Type><Code>${code}</Code><Message>refused</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
  }
}

export function answer(action: string, result: string): Answer {
  return {
    xml: `<${action}Response xmlns="http://elasticache.amazonaws.com/doc/2015-02-02/"><${action}Result>${result}</${action}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></${action}Response>`,
  }
}

export function groups(ids: string[], marker = ''): Answer {
  const list = ids.map(
    (id) =>
      `<ReplicationGroup><ReplicationGroupId>${id}</ReplicationGroupId><Status>available</Status><ARN>${arn(id)}</ARN></ReplicationGroup>`,
  )
  const next = marker && `<Marker>${marker}</Marker>`
  return answer('DescribeReplicationGroups', `${next}<ReplicationGroups>${list.join('')}</ReplicationGroups>`)
}

export function tags(pairs: Record<string, string>): Answer {
  const list = Object.entries(pairs).map(
    ([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`,
  )
  return answer('ListTagsForResource', `<TagList>${list.join('')}</TagList>`)
}
