ALTER TABLE "broker"."bindings" ADD COLUMN "token_generation" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "broker"."instances" ADD COLUMN "auth_tokens" "bytea";--> statement-breakpoint
ALTER TABLE "broker"."operations" ADD COLUMN "observed_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "operations_unobserved" ON "broker"."operations" USING btree ("created_at") WHERE type = 'update' and state = 'failed' and observed_at is null;