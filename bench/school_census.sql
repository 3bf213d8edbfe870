-- The pupils of a school census as one would check them by hand in DuckDB: the rules of
-- `pupilonroll` in school_census_contract.py, each a column that is true where the row breaks it.
-- Variables: `file`, the module; `folder`, where both kinds of rows go.
create temp table cell as
select
    1 + row_number() over () as line,
    nullif(trim(pupilonrolltableid), '') as pupilonrolltableid,
    nullif(trim(NativeId), '') as native_id,
    nullif(trim(schoolcensustableid), '') as schoolcensustableid,
    nullif(trim(upn), '') as upn,
    regexp_replace(nullif(trim(uniquelearnernumber), ''), '^(\d+)\.0$', '\1') as uln,
    nullif(trim(surname), '') as surname,
    nullif(concat_ws(' ', nullif(trim(forename), ''), nullif(trim(middlenames), '')), '') as given,
    nullif(trim(formersurname), '') as formersurname,
    nullif(trim(dob), '') as dob,
    nullif(trim(sex), '') as sex,
    nullif(trim(entrydate), '') as entrydate,
    nullif(trim(enrolstatus), '') as enrolstatus,
    regexp_replace(nullif(trim(ncyearactual), ''), '^(\d+)\.0$', '\1') as ncyear,
    nullif(trim(ethnicity), '') as ethnicity
from read_csv(getvariable('file'), header = true, all_varchar = true, delim = ',', quote = '"', store_rejects = true);

create temp table judged as
with typed as (
    select
        *,
        case when regexp_full_match(dob, '\d{4}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2}')
            then try_strptime(dob, '%Y-%b-%d %H:%M:%S')::date end as birth_date,
        case when regexp_full_match(entrydate, '\d{4}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2}')
            then try_strptime(entrydate, '%Y-%b-%d %H:%M:%S')::date end as entry_date,
        regexp_full_match(upn, '[A-Z]\d{11}[A-Z\d]') as upn_good,
        case when regexp_full_match(uln, '[1-9]\d{9}') then uln::bigint end as n
    from cell
)
select
    * exclude (n),
    case
        when uln is null then null
        when n is null then false
        when uln = '9999999999' then true
        else (
            n // 1000000000 % 10 * 10 + n // 100000000 % 10 * 9 + n // 10000000 % 10 * 8
            + n // 1000000 % 10 * 7 + n // 100000 % 10 * 6 + n // 10000 % 10 * 5
            + n // 1000 % 10 * 4 + n // 100 % 10 * 3 + n // 10 % 10 * 2 + n % 10
        ) % 11 = 10
    end as uln_good,
    pupilonrolltableid is null as pupilid_missing,
    coalesce(not upn_good, false) as upn_format,
    coalesce(not uln_good, false) as uln_checksum,
    dob is not null and birth_date is null as dob_format,
    dob is null as dob_missing,
    coalesce(sex not in ('F', 'M', 'U'), false) as sex_code,
    sex is null as sex_missing,
    entrydate is not null and entry_date is null as entrydate_format,
    coalesce(enrolstatus not in ('C', 'M', 'S', 'F', 'O'), false) as enrolstatus_code,
    enrolstatus is null as enrolstatus_missing,
    coalesce(ncyear not in (
        'E1', 'E2', 'N1', 'N2', 'R', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '13', '14',
        'M', 'X'
    ), false) as ncyear_code,
    ncyear is null as ncyear_missing,
    coalesce(not regexp_full_match(ethnicity, '[A-Z]{4}'), false) as ethnicity_format,
    pupilonrolltableid is not null
        and row_number() over (partition by pupilonrolltableid order by line) > 1 as pupilid_repeated,
    native_id is not null and upn is not null
        and row_number() over (partition by native_id, upn order by line) > 1 as upn_repeated,
    pupilid_missing or dob_format or sex_code or enrolstatus_code or ncyear_code or pupilid_repeated as bad
from typed;

copy (
    select
        line,
        pupilonrolltableid as pupil_id,
        native_id,
        schoolcensustableid as school_census_id,
        case when upn_good then upn end as upn,
        case when uln_good then uln end as uln,
        surname as family_name,
        given as given_names,
        formersurname as former_family_name,
        birth_date,
        sex,
        entry_date,
        enrolstatus as enrolment_status,
        ncyear as nc_year
    from judged
    where not bad
) to (getvariable('folder') || '/kept.parquet') (format parquet, compression zstd);

copy (select * from judged where bad)
to (getvariable('folder') || '/set_aside.parquet') (format parquet, compression zstd);

select
    count(*) filter (not bad) as kept,
    count(*) filter (bad) + any_value(wrong.cells) as set_aside,
    any_value(wrong.cells) as number_of_cells,
    count(*) filter (pupilid_missing) as pupilid_missing,
    count(*) filter (upn_format) as upn_format,
    count(*) filter (uln_checksum) as uln_checksum,
    count(*) filter (dob_format) as dob_format,
    count(*) filter (dob_missing) as dob_missing,
    count(*) filter (sex_code) as sex_code,
    count(*) filter (sex_missing) as sex_missing,
    count(*) filter (entrydate_format) as entrydate_format,
    count(*) filter (enrolstatus_code) as enrolstatus_code,
    count(*) filter (enrolstatus_missing) as enrolstatus_missing,
    count(*) filter (ncyear_code) as ncyear_code,
    count(*) filter (ncyear_missing) as ncyear_missing,
    count(*) filter (ethnicity_format) as ethnicity_format,
    count(*) filter (pupilid_repeated) as pupilid_repeated,
    count(*) filter (upn_repeated) as upn_repeated
from judged, (select count(distinct line) as cells from reject_errors) as wrong;
