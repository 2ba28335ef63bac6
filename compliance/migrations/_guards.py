"""The guards of reports and lists: what PostgreSQL refuses whoever asks.

- A locked report is never changed, and contents change in a draft only.
- A report is deleted only when the time to keep it is over and no legal hold stands.
- What was handed to a regulator, and what it answered, is written once.
- So is what a list said, and who was blocked because of it.
"""

REPORTS = """
CREATE FUNCTION compliance_guard_report() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.retain_until IS NULL OR OLD.retain_until >= CURRENT_DATE OR EXISTS (
            SELECT FROM compliance_legalhold h
             WHERE h.customer_id = OLD.customer_id AND h.lifted_at IS NULL
        ) THEN
            RAISE EXCEPTION 'DELETE refused: report % has to be kept', OLD.id
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF OLD.state IN ('locked', 'discarded') THEN
        RAISE EXCEPTION 'UPDATE refused: report % is %', OLD.id, OLD.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state <> 'draft' AND NEW.payload IS DISTINCT FROM OLD.payload THEN
        RAISE EXCEPTION 'UPDATE refused: the contents of report % are % and no draft',
            OLD.id, OLD.state USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state IN ('approved', 'exported', 'acknowledged', 'locked')
       AND OLD.state <> 'draft' AND NEW.contents_hash IS DISTINCT FROM OLD.contents_hash THEN
        RAISE EXCEPTION 'UPDATE refused: report % was validated with other contents', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guarded BEFORE UPDATE OR DELETE ON compliance_report
    FOR EACH ROW EXECUTE FUNCTION compliance_guard_report();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON compliance_report
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION compliance_guard_filed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The report's own guard lets it go only when its time is over; its papers go before it.
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM compliance_report r
         WHERE r.id = OLD.report_id AND r.retain_until < CURRENT_DATE AND NOT EXISTS (
            SELECT FROM compliance_legalhold h
             WHERE h.customer_id = r.customer_id AND h.lifted_at IS NULL)
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% refused: rows of % are written once', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON compliance_acknowledgement
    FOR EACH ROW EXECUTE FUNCTION compliance_guard_filed();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON compliance_reportfile
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON compliance_acknowledgement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON compliance_filedin
    FOR EACH ROW EXECUTE FUNCTION compliance_guard_filed();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON compliance_filedin
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A file goes when every report that it held has gone.
CREATE FUNCTION compliance_guard_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND NOT EXISTS (
        SELECT FROM compliance_filedin f WHERE f.file_id = OLD.id
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% refused: rows of % are written once', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON compliance_reportfile
    FOR EACH ROW EXECUTE FUNCTION compliance_guard_file();
"""

LISTS = """
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON compliance_listversion
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON compliance_listchange
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON compliance_blocking
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""

GUARDS = REPORTS + LISTS
UNGUARD = """
DROP FUNCTION compliance_guard_report, compliance_guard_filed, compliance_guard_file CASCADE;
DROP TRIGGER written_once ON compliance_blocking;
DROP TRIGGER written_once ON compliance_listchange;
DROP TRIGGER written_once ON compliance_listversion;
DROP TRIGGER never_truncated ON compliance_acknowledgement;
DROP TRIGGER never_truncated ON compliance_reportfile;
DROP TRIGGER never_truncated ON compliance_filedin;
DROP TRIGGER never_truncated ON compliance_report;
"""
