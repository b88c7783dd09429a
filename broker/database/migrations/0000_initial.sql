CREATE SCHEMA "broker";
--> statement-breakpoint
CREATE TABLE "broker"."drift_baselines" (
	"instance_id" text PRIMARY KEY NOT NULL,
	"stack" text NOT NULL,
	"lineage" text NOT NULL,
	"serial" integer NOT NULL,
	"planned_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "broker"."drift_checks" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"instance_id" text NOT NULL,
	"state" text NOT NULL,
	"findings" jsonb NOT NULL,
	"message" text,
	"checked_at" timestamp with time zone NOT NULL,
	"duration_milliseconds" integer NOT NULL,
	"planned" boolean NOT NULL
);
--> statement-breakpoint
CREATE TABLE "broker"."drift_standings" (
	"instance_id" text PRIMARY KEY NOT NULL,
	"state" text NOT NULL,
	"checked_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "broker"."bindings" (
	"id" text NOT NULL,
	"instance_id" text NOT NULL,
	"app_guid" text,
	"token_generation" integer DEFAULT 1 NOT NULL,
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
	"adopted_group" text,
	"outputs" "bytea",
	"outputs_generation" integer DEFAULT 0 NOT NULL,
	"auth_tokens" "bytea",
	"auth_tokens_generation" integer DEFAULT 0 NOT NULL,
	"missing_since" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "instances_stack_unique" UNIQUE("stack"),
	CONSTRAINT "instances_adopted_group_unique" UNIQUE("adopted_group")
);
--> statement-breakpoint
CREATE TABLE "broker"."ended_operations" (
	"type" text NOT NULL,
	"state" text NOT NULL,
	"count" integer NOT NULL,
	CONSTRAINT "ended_operations_type_state_pk" PRIMARY KEY("type","state")
);
--> statement-breakpoint
CREATE TABLE "broker"."operation_logs" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"operation_id" uuid NOT NULL,
	"attempt" integer NOT NULL,
	"written_at" timestamp with time zone NOT NULL,
	"text" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "broker"."operations" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"number" bigint GENERATED ALWAYS AS IDENTITY (sequence name "broker"."operations_number_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"instance_id" text NOT NULL,
	"type" text NOT NULL,
	"state" text DEFAULT 'in progress' NOT NULL,
	"target" jsonb NOT NULL,
	"description" text NOT NULL,
	"detail" text,
	"instance_usable" boolean,
	"update_repeatable" boolean,
	"attempt" integer DEFAULT 0 NOT NULL,
	"failures" integer DEFAULT 0 NOT NULL,
	"turn" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	"observed_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "broker"."pauses" (
	"only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"refuses" boolean NOT NULL,
	"reason" text,
	"paused_by" text NOT NULL,
	"since" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "broker"."plan_places" (
	"plan_id" text PRIMARY KEY NOT NULL,
	"place" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "broker"."settings_in_use" (
	"only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"settings" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "broker"."state_home" (
	"only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"kind" text NOT NULL,
	"moving_to" text
);
--> statement-breakpoint
ALTER TABLE "broker"."drift_baselines" ADD CONSTRAINT "drift_baselines_instance_id_instances_id_fk" FOREIGN KEY ("instance_id") REFERENCES "broker"."instances"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "broker"."drift_checks" ADD CONSTRAINT "drift_checks_instance_id_instances_id_fk" FOREIGN KEY ("instance_id") REFERENCES "broker"."instances"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "broker"."drift_standings" ADD CONSTRAINT "drift_standings_instance_id_instances_id_fk" FOREIGN KEY ("instance_id") REFERENCES "broker"."instances"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "broker"."bindings" ADD CONSTRAINT "bindings_instance_id_instances_id_fk" FOREIGN KEY ("instance_id") REFERENCES "broker"."instances"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "broker"."operation_logs" ADD CONSTRAINT "operation_logs_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "broker"."operations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "drift_checks_by_instance" ON "broker"."drift_checks" USING btree ("instance_id","checked_at");--> statement-breakpoint
CREATE INDEX "drift_standings_by_state" ON "broker"."drift_standings" USING btree ("state","checked_at");--> statement-breakpoint
CREATE INDEX "instances_by_age" ON "broker"."instances" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "instances_by_organization" ON "broker"."instances" USING btree ("organization_guid","updated_at");--> statement-breakpoint
CREATE INDEX "instances_by_usage" ON "broker"."instances" USING btree ("organization_guid","plan_id") WHERE outputs is not null;--> statement-breakpoint
CREATE INDEX "instances_by_name" ON "broker"."instances" USING btree ((context ->> 'instance_name'));--> statement-breakpoint
CREATE INDEX "operation_logs_by_operation" ON "broker"."operation_logs" USING btree ("operation_id","id");--> statement-breakpoint
CREATE INDEX "operation_logs_by_time" ON "broker"."operation_logs" USING btree ("written_at");--> statement-breakpoint
CREATE UNIQUE INDEX "operations_one_in_progress" ON "broker"."operations" USING btree ("instance_id") WHERE state = 'in progress';--> statement-breakpoint
CREATE INDEX "operations_by_instance" ON "broker"."operations" USING btree ("instance_id","number");--> statement-breakpoint
CREATE INDEX "operations_started_by_turn" ON "broker"."operations" USING btree ("turn") WHERE attempt > 0;--> statement-breakpoint
CREATE INDEX "operations_unobserved" ON "broker"."operations" USING btree ("number") WHERE type = 'update' and state = 'failed' and observed_at is null;