-- Whether records name a trunk is asked before it is deleted.
CREATE INDEX cdrs_by_trunk ON records.cdrs (trunk_id);
