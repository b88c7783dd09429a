CREATE SCHEMA "broker";
--> statement-breakpoint
CREATE TABLE "broker"."bindings" (
	"id" text NOT NULL,
	"instance_id" text NOT NULL,
	"service_id" text NOT NULL,
	"plan_id" text NOT NULL,
	"app_guid" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "bindings_instance_id_id_pk" PRIMARY KEY("instance_id","id")
);
--> statement-breakpoint
CREATE TABLE "broker"."instances" (
	"id" text PRIMARY KEY NOT NULL,
	"stack" text NOT NULL,
	"service_id" text NOT NULL,
	"plan_id" text NOT NULL,
	"organization_guid" text NOT NULL,
	"space_guid" text NOT NULL,
	"context" jsonb NOT NULL,
	"parameters" jsonb NOT NULL,
	"maintenance_version" text NOT NULL,
	"outputs" "bytea",
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "instances_stack_unique" UNIQUE("stack")
);
--> statement-breakpoint
CREATE TABLE "broker"."operations" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"instance_id" text NOT NULL,
	"type" text NOT NULL,
	"state" text DEFAULT 'in progress' NOT NULL,
	"target" jsonb NOT NULL,
	"description" text NOT NULL,
	"detail" text,
	"instance_usable" boolean,
	"update_repeatable" boolean,
	"attempt" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "broker"."bindings" ADD CONSTRAINT "bindings_instance_id_instances_id_fk" FOREIGN KEY ("instance_id") REFERENCES "broker"."instances"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "operations_one_in_progress" ON "broker"."operations" USING btree ("instance_id") WHERE state = 'in progress';--> statement-breakpoint
CREATE INDEX "operations_by_instance" ON "broker"."operations" USING btree ("instance_id","created_at");