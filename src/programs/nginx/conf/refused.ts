/**
 * Directives of the modules that Debian's nginx 1.22 is built with and that are not simulated: they are refused by
 * name. Names of modules that are loaded only on demand (stream, mail, perl …) are unknown to the real one too.
 */
const FAMILIES: Readonly<Record<string, string>> = {
  ssl_: "certificate certificate_key password_file dhparam ecdh_curve buffer_size verify_client verify_depth client_certificate trusted_certificate session_tickets crl ocsp ocsp_responder ocsp_cache stapling stapling_file stapling_responder stapling_verify early_data conf_command reject_handshake",
  fastcgi_: "pass index split_path_info param buffering buffers buffer_size cache cache_path cache_key cache_valid read_timeout send_timeout connect_timeout hide_header pass_header intercept_errors ignore_headers next_upstream keep_conn temp_path store bind",
  uwsgi_: "pass param buffering buffers buffer_size cache read_timeout send_timeout connect_timeout hide_header pass_header intercept_errors modifier1 modifier2 temp_path",
  scgi_: "pass param buffering buffers buffer_size cache read_timeout send_timeout connect_timeout hide_header pass_header intercept_errors temp_path",
  grpc_: "pass set_header read_timeout send_timeout connect_timeout buffer_size hide_header pass_header intercept_errors next_upstream bind socket_keepalive",
  memcached_: "pass bind connect_timeout send_timeout read_timeout buffer_size next_upstream gzip_flag",
  proxy_: "cache cache_bypass cache_key cache_lock cache_lock_age cache_lock_timeout cache_methods cache_min_uses cache_path cache_purge cache_revalidate cache_use_stale cache_valid cache_background_update cache_convert_head cache_max_range_offset no_cache store store_access limit_rate force_ranges cookie_domain cookie_path cookie_flags ssl_certificate ssl_certificate_key ssl_ciphers ssl_conf_command ssl_crl ssl_name ssl_password_file ssl_protocols ssl_server_name ssl_session_reuse ssl_trusted_certificate ssl_verify ssl_verify_depth",
  http2_: "max_concurrent_streams max_concurrent_pushes max_requests max_field_size max_header_size idle_timeout recv_buffer_size recv_timeout chunk_size body_preread_size streams_index_size push push_preload pool_size",
  gzip_: "static", sub_: "filter filter_once filter_types filter_last_modified", ssi_: "silent_errors types min_file_chunk value_length ignore_recycled_buffers last_modified",
  dav_: "methods access", userid_: "service name value domain path expires p3p mark flags", mirror_: "request_body", charset_: "types map", auth_: "request request_set", secure_: "link link_md5 link_secret",
  real_: "ip_header ip_recursive", mp4_: "buffer_size max_buffer_size start_key_frame", add_: "before_body after_body trailer", referer_: "hash_max_size hash_bucket_size", debug_: "points connection", random_: "index", gunzip_: "buffers",
};

const SINGLE = "load_module ssl_engine ssl sub_filter ssi dav_methods min_delete_depth create_full_put_path userid mirror charset source_charset override_charset charset_map auth_request auth_request_set secure_link secure_link_md5 secure_link_secret set_real_ip_from real_ip_header real_ip_recursive mp4 flv slice addition_types add_before_body add_after_body add_trailer valid_referers random_index gunzip empty_gif browser modern_browser ancient_browser modern_browser_value ancient_browser_value image_filter aio aio_write disable_symlinks client_body_in_file_only limit_req_zone_sync ntlm sticky upstream_conf thread_pool debug_connection post_action limit_zone degradation degrade proxy_cache_path perl js_import";

/** The families that are spelt `NAME` alone as well. */
export const REFUSED: ReadonlySet<string> = new Set([
  ...Object.entries(FAMILIES).flatMap(([prefix, rest]) => rest.split(" ").map((name) => `${prefix}${name}`)),
  ...SINGLE.split(" ").filter((name) => !["ntlm", "sticky", "upstream_conf", "limit_req_zone_sync", "perl", "js_import", "degradation", "degrade", "limit_zone", "thread_pool", "image_filter", "browser"].includes(name)),
]);
