ALTER TABLE "broker"."bindings" DROP COLUMN "service_id";--> statement-breakpoint
ALTER TABLE "broker"."bindings" DROP COLUMN "plan_id";