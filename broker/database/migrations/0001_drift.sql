CREATE TABLE "broker"."drift_checks" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"instance_id" text NOT NULL,
	"state" text NOT NULL,
	"findings" jsonb NOT NULL,
	"message" text,
	"checked_at" timestamp with time zone NOT NULL,
	"duration_milliseconds" integer NOT NULL,
	"webhook_due" boolean NOT NULL
);
--> statement-breakpoint
CREATE TABLE "broker"."drift_claims" (
	"instance_id" text PRIMARY KEY NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "broker"."drift_checks" ADD CONSTRAINT "drift_checks_instance_id_instances_id_fk" FOREIGN KEY ("instance_id") REFERENCES "broker"."instances"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "broker"."drift_claims" ADD CONSTRAINT "drift_claims_instance_id_instances_id_fk" FOREIGN KEY ("instance_id") REFERENCES "broker"."instances"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "drift_checks_by_instance" ON "broker"."drift_checks" USING btree ("instance_id","checked_at");--> statement-breakpoint
CREATE INDEX "drift_checks_webhook_due" ON "broker"."drift_checks" USING btree ("checked_at") WHERE webhook_due;