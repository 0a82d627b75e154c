-- One row per survey invitation or reminder.

with

arrived as (

    select landed.* from {{ lake_files('survey_invitations') }} as landed

),

renamed as (

    select
        -- ids
        invitation_id as native_invitation_id,
        contact_id as native_contact_id,
        customer_key,
        -- text
        channel as channel_text,
        survey_type,
        trigger as invitation_trigger,
        suppressed_reason,
        source_dataset,
        source_file,
        file_hash,
        -- numbers
        coalesce(reminder_no, 0) as reminder_no,
        source_row,
        -- timestamps
        sent_at,
        delivered_at,
        opened_at,
        answered_at,
        _dlt_load_id
    from arrived

),

{{ newest_version('renamed', keys=['source_dataset', 'native_invitation_id', 'reminder_no']) }}

select * from newest_version
