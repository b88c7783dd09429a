CREATE TABLE "broker"."operation_logs" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"operation_id" uuid NOT NULL,
	"attempt" integer NOT NULL,
	"written_at" timestamp with time zone NOT NULL,
	"text" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "broker"."instances" ADD COLUMN "adopted_group" text;--> statement-breakpoint
ALTER TABLE "broker"."operation_logs" ADD CONSTRAINT "operation_logs_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "broker"."operations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "operation_logs_by_operation" ON "broker"."operation_logs" USING btree ("operation_id","id");--> statement-breakpoint
CREATE INDEX "operation_logs_by_time" ON "broker"."operation_logs" USING btree ("written_at");--> statement-breakpoint
ALTER TABLE "broker"."instances" ADD CONSTRAINT "instances_adopted_group_unique" UNIQUE("adopted_group");