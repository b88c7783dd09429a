/** A message for users in Terraform's output. Nothing secret may get in here. */
export interface Diagnostic {
  severity: 'ERROR' | 'WARNING'
  summary: string
  detail?: string
  /** The attribute at fault. */
  attribute?: string
}

export function errorDiagnostic(summary: string, attribute?: string): Diagnostic {
  return { severity: 'ERROR', summary, ...(attribute && { attribute }) }
}

export function diagnosticOf(error: unknown): Diagnostic {
  return errorDiagnostic(error instanceof Error ? error.message : String(error))
}

export function wireDiagnostic({ attribute, ...rest }: Diagnostic): object {
  return { ...rest, ...(attribute && { attribute: attributePath(attribute) }) }
}

export function attributePath(attribute: string): object {
  return { steps: [{ attribute_name: attribute }] }
}
