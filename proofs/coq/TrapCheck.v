(** * The conditions of Theorems 12, 13 and E in rational arithmetic

    The last enclosure of a run is a box with rational ends. If [final_check], [delta_check] or
    [escape_check] accepts the box, every state in it satisfies the conditions of the theorem. *)

From Coq Require Import ZArith QArith Qreals Reals Lra Lia Bool List.
From Edgecert Require Import Model Identities Sharpness Invariants FinalTrap DeltaTrap
  Convergence Escape NeverOne Rational Certificate.
Import ListNotations.
Open Scope R_scope.

(** Bounds on alpha, |beta1| and beta2 (one on |beta1| may be negative), and whether beta1 is known not to be 0, which a box with
    a common denominator may be too coarse to tell. *)
Record box := Box {
  alpha_min : Q; alpha_max : Q;
  beta1_min : Q; beta1_max : Q;
  beta1_nonzero : bool;
  beta2_min : Q; beta2_max : Q
}.

Definition in_box (x : state) (d : box) : Prop :=
  Q2R (alpha_min d) <= alpha x <= Q2R (alpha_max d)
  /\ Q2R (beta1_min d) <= Rabs (beta1 x) <= Q2R (beta1_max d)
  /\ (beta1_nonzero d = true -> beta1 x <> 0)
  /\ Q2R (beta2_min d) <= beta2 x <= Q2R (beta2_max d).

Section TrapCheck.

Variable k : certificate.

(** The parameters are as the theorems assume. *)
Definition parameters_check : bool :=
  q_lt 0 (variance1 k) && q_lt 0 (variance2 k) && q_lt 0 (learning_rate k)
  && match clip_bound k with Some B => q_le 0 B | None => true end.

Definition h_q := (learning_rate k * variance1 k)%Q.
Definition e_q := (learning_rate k * variance2 k)%Q.
Definition rho_q := (variance2 k / variance1 k)%Q.

Section Box.

Variable d : box.

Definition b_max := (h_q * (beta1_max d * beta1_max d))%Q.
Definition s_min := (1 - alpha_max d * beta2_max d)%Q.
Definition s_max := (1 - alpha_min d * beta2_min d)%Q.
Definition potential_max := (alpha_max d * alpha_max d - beta2_min d * beta2_min d)%Q.
Definition potential_min := (alpha_min d * alpha_min d - beta2_max d * beta2_max d)%Q.

Definition region_check := q_lt 0 (alpha_min d) && q_lt 0 (beta2_min d) && q_le 0 s_min.

(** q+, from above. *)
Definition potential_bound_q (alpha_low s_high : Q) : Q :=
  (potential_max
   + e_q * s_high * q_max (- potential_min) 0 * ((1 / alpha_low - beta2_min d) / alpha_low))%Q.

Definition small_step_check (alpha_low a_high : Q) : bool :=
  q_le (e_q * (a_high / h_q + 1 / (alpha_low * alpha_low)) + e_q * e_q * (1 # 4)) 1.

(** k-bar, from above. *)
Definition remainder_q (alpha_low a_high b_high s_high : Q) : Q :=
  (b_high + rho_q * (a_high + h_q / (alpha_low * alpha_low) + h_q * s_high))%Q.

(** A bound on L where a <= a_high, b <= b_high, s <= s_high. *)
Definition loss_q (a_high b_high s_high : Q) : Q :=
  (a_high * b_high / (2 * learning_rate k * h_q) + variance2 k * (1 # 2) * (s_high * s_high))%Q.

(** eta S <= z where a <= a_high, b <= b_high and the remainder is at most [rem]. *)
Definition block_check (z a_high b_high rem : Q) : bool :=
  q_le a_high z && q_le rem z && q_le (4 * a_high * b_high) ((z - a_high) * (z - rem)).

(** *** Theorem 12 *)

Section Final.

Variables alpha_low a_high rate : Q.

Definition final_kappa : Q :=
  let low := (1 - h_q * (alpha_low * alpha_low))%Q in
  let high := (1 - a_high)%Q in
  q_max (low * low) (high * high).

(** The sum of all b_t from now on. *)
Definition final_total : Q := (b_max / (1 - final_kappa))%Q.

Definition final_s : Q := q_min 1 (s_max + final_total).

Definition final_check : bool :=
  region_check
  && q_lt 0 alpha_low && q_lt 0 a_high && q_le a_high 2 && q_lt final_kappa 1
  && q_le alpha_low (alpha_min d * (1 - final_total))
  && q_le (potential_bound_q alpha_low final_s) (a_high / h_q - h_q / a_high)
  && small_step_check alpha_low a_high.

(** The factor of s in one step, from above. *)
Definition final_factor : Q :=
  (1 - e_q * (alpha_low * alpha_low * (1 - b_max) + beta2_min d * beta2_min d))%Q.

Definition rate_check : bool :=
  q_lt final_kappa rate && q_le final_factor rate && q_lt rate 1.

(** A bound on s_t from the n-th step on. *)
Definition final_s_after (n : N) : Q :=
  if rate_check then
    q_min final_s ((s_max + b_max / (rate - final_kappa)) * power_up rate n)
  else final_s.

Definition final_later_check (l : later) : bool :=
  let b_after n := (b_max * power_up final_kappa n)%Q in
  match l with
  | Sharpness_at_most_edge_plus delta n =>
      block_check (2 + delta) a_high (b_after n) (remainder_q alpha_low a_high b_max final_s)
  | Loss_at_most epsilon n =>
      q_le (loss_q a_high (b_after n) (final_s_after n)) epsilon
  | Eventually_below_every_bound => true
  | Sharpness_above_edge_plus _ _ | Diverges => false
  end.

End Final.

(** *** Theorem 13 *)

Section Delta.

Variables alpha_low a_high b_high edge_low drive_high log_high : Q.

Definition F_q (u : Q) : Q := ((u - 2) * (u - 2) * (1 # 4))%Q.

Definition a_min := (h_q * (alpha_min d * alpha_min d))%Q.
Definition a_max := (h_q * (alpha_max d * alpha_max d))%Q.

Definition delta_low : Q := (h_q * (alpha_low * alpha_low))%Q.
Definition delta_s : Q := (1 - alpha_low * beta2_min d)%Q.

(** (D5). *)
Definition low_check : bool :=
  let K := ((delta_low - 1) * (delta_low - 1) * ((1 - b_high) * (1 - b_high)))%Q in
  let after := (2 * ((1 - b_high) * (1 - b_high)))%Q in
  q_le delta_low (1 # 2)
  || q_lt 1 delta_low && q_le delta_low a_min && q_le delta_low after
     && q_lt (F_q after + b_high / K) (F_q delta_low)
     && q_lt (F_q a_min + b_max / K) (F_q delta_low).

(** The bound on s near the edge, and the largest s(1 - s) up to it. *)
Definition s_edge : Q := (1 - edge_low * beta2_min d)%Q.
Definition omega : Q := if Qle_bool (1 # 2) s_edge then (1 # 4) else (s_edge * (1 - s_edge))%Q.

Definition clip_within : bool :=
  match clip_bound k with Some B => q_le (beta1_max d) B | None => true end.

Definition delta_check : bool :=
  let x2 := ((a_high - 1) * (a_high - 1))%Q in
  let G := (x2 * x2)%Q in
  region_check
  && q_lt 1 a_min && q_lt a_max 2
  && q_lt 0 alpha_low && q_le alpha_low (alpha_min d) && q_le 2 a_high
  && q_le (rho_q * (h_q * h_q)) ((199 # 10000) * delta_low)
  && q_le b_max b_high && clip_within
  && q_le (potential_bound_q alpha_low delta_s) (a_high / h_q - h_q / a_high)
  && small_step_check alpha_low a_high
  && q_le b_high (1 # 5) && q_lt 0 drive_high
  && q_le (G * drive_high) b_high
  && log_check (b_high / drive_high) log_high
  && q_le (drive_high + G * (F_q a_high + drive_high * log_high)) b_high
  && q_le 0 edge_low && q_le (h_q * (edge_low * edge_low)) (200 # 101)
  && q_le ((101 # 200) * (rho_q * (h_q * h_q) * omega)) drive_high
  && low_check.

Definition delta_later_check (l : later) : bool :=
  match l with
  | Sharpness_at_most_edge_plus delta _ =>
      block_check (2 + delta) a_high b_high (remainder_q alpha_low a_high b_high delta_s)
  | Loss_at_most epsilon _ => q_le (loss_q a_high b_high delta_s) epsilon
  | Eventually_below_every_bound =>
      (q_lt 1 delta_low || not_square h_q) && beta1_nonzero d
      && match clip_bound k with Some B => q_lt 0 B | None => true end
  | Sharpness_above_edge_plus _ _ | Diverges => false
  end.

End Delta.

(** *** Theorem E *)

Definition b_min := (h_q * (beta1_min d * beta1_min d))%Q.

Definition escape_check : bool :=
  let beta2_square := q_max (beta2_min d * beta2_min d) (beta2_max d * beta2_max d) in
  match clip_bound k with Some _ => false | None => true end
  && q_le rho_q (1 # 2) && q_le (e_q * rho_q) (1 # 2)
  && q_le 1 (alpha_min d) && q_le 4 a_min && q_le 0 (beta1_min d) && q_le 4 b_min
  && q_le (8 * e_q * (beta2_square + 1)) b_min.

Definition escape_later_check (l : later) : bool :=
  match l with
  | Sharpness_above_edge_plus delta n => q_lt (2 + delta) ((4 ^ Z.of_N n # 1) * a_min)
  | Diverges => true
  | _ => false
  end.

End Box.

(** An iterate with alpha, beta2 < 0 is trapped if its mirror image is. *)
Definition mirror_box (d : box) : box :=
  Box (- alpha_max d) (- alpha_min d) (beta1_min d) (beta1_max d) (beta1_nonzero d)
      (- beta2_max d) (- beta2_min d).

Definition facing (d : box) : box := if q_lt (alpha_max d) 0 then mirror_box d else d.

Definition trap_check (box : box) : bool :=
  let d := facing box in
  match end_trap k with
  | No_trap => match laters k with [] => true | _ => false end
  | Escape => escape_check d && forallb (escape_later_check d) (laters k)
  | Final_trap alpha_low a_high rate =>
      final_check d alpha_low a_high && forallb (final_later_check d alpha_low a_high rate) (laters k)
  | Delta_trap alpha_low a_high b_high edge_low drive_high log_high =>
      delta_check d alpha_low a_high b_high edge_low drive_high log_high
      && forallb (delta_later_check d alpha_low a_high b_high) (laters k)
  end.

(** ** Soundness *)

#[local] Instance the_model : model := model_of k.

Hypothesis parameters : parameters_check = true.

#[local] Instance the_model_positive : positive_model.
Proof.
  unfold parameters_check in parameters. repeat rewrite andb_true_iff in parameters.
  destruct parameters as [[[H1 H2] H3] _].
  apply q_lt_ok in H1, H2, H3. rewrite Q2R_0 in H1, H2, H3. now constructor.
Qed.

Lemma the_clip_ok : clip_ok.
Proof.
  unfold parameters_check in parameters. repeat rewrite andb_true_iff in parameters.
  destruct parameters as [_ H]. unfold clip_ok. simpl. destruct (clip_bound k) as [B|]; simpl;
    [|exact I].
  apply q_le_ok in H. now rewrite Q2R_0 in H.
Qed.

Lemma the_model_rational : rational_model.
Proof.
  unfold rational_model; simpl. repeat split; try (eexists; reflexivity).
  destruct (clip_bound k); simpl; [eexists; reflexivity|exact I].
Qed.

Lemma h_q_ok : Q2R h_q = h.
Proof. unfold h_q. now rewrite Q2R_mult. Qed.

Lemma e_q_ok : Q2R e_q = e.
Proof. unfold e_q. now rewrite Q2R_mult. Qed.

Lemma rho_q_ok : Q2R rho_q = rho.
Proof.
  unfold rho_q. rewrite Q2R_quotient; [reflexivity|].
  pose proof lambda1_pos as H. simpl in H. lra.
Qed.

Section Sound.

Variables (d : box) (x : state).
Hypothesis inside : in_box x d.
Hypothesis Hregion : region_check d = true.

Lemma box_region :
  0 < Q2R (alpha_min d) <= alpha x /\ alpha x <= Q2R (alpha_max d)
  /\ 0 < Q2R (beta2_min d) <= beta2 x /\ beta2 x <= Q2R (beta2_max d)
  /\ region x.
Proof.
  unfold region_check in Hregion. repeat rewrite andb_true_iff in Hregion.
  destruct Hregion as [[H1 H2] H3]. apply q_lt_ok in H1, H2. apply q_le_ok in H3.
  unfold s_min in H3. rewrite Q2R_0 in H1, H2, H3. rewrite Q2R_minus, Q2R_mult, Q2R_1 in H3.
  destruct inside as (Ha & _ & _ & Hc). repeat split; try lra.
  unfold s, p. assert (alpha x * beta2 x <= Q2R (alpha_max d) * Q2R (beta2_max d)); [|lra].
  apply Rmult_le_compat; lra.
Qed.

Lemma box_b : b x <= Q2R (b_max d).
Proof.
  unfold b_max, b. rewrite !Q2R_mult, h_q_ok. pose proof h_pos.
  apply Rmult_le_compat_l; [lra|]. destruct inside as (_ & Hb & _).
  rewrite <- pow2_abs. pose proof (Rabs_pos (beta1 x)).
  replace (Q2R (beta1_max d) * Q2R (beta1_max d)) with (Q2R (beta1_max d) ^ 2) by ring.
  apply pow_incr. lra.
Qed.

Lemma box_s : s x <= Q2R (s_max d).
Proof.
  destruct box_region as (Ha & _ & Hc & _). unfold s_max, s, p.
  rewrite Q2R_minus, Q2R_mult, Q2R_1.
  assert (Q2R (alpha_min d) * Q2R (beta2_min d) <= alpha x * beta2 x); [|lra].
  apply Rmult_le_compat; lra.
Qed.

Lemma box_potential : Q2R (potential_min d) <= potential x <= Q2R (potential_max d).
Proof.
  destruct box_region as (Ha & Ha' & Hc & Hc' & _).
  unfold potential_min, potential_max, potential. rewrite !Q2R_minus, !Q2R_mult.
  assert (Q2R (alpha_min d) ^ 2 <= alpha x ^ 2) by (apply pow_incr; lra).
  assert (alpha x ^ 2 <= Q2R (alpha_max d) ^ 2) by (apply pow_incr; lra).
  assert (Q2R (beta2_min d) ^ 2 <= beta2 x ^ 2) by (apply pow_incr; lra).
  assert (beta2 x ^ 2 <= Q2R (beta2_max d) ^ 2) by (apply pow_incr; lra).
  split; lra.
Qed.

Lemma box_potential_bound alpha_low s_high :
  0 < Q2R alpha_low <= alpha x -> 0 <= Q2R s_high ->
  potential_bound x (Q2R alpha_low) (Q2R s_high) <= Q2R (potential_bound_q d alpha_low s_high).
Proof.
  intros Hl Hs. destruct box_region as (_ & _ & Hc & _ & Hr).
  pose proof box_potential as Hq. pose proof e_pos as He.
  pose proof (beta2_le x (Q2R alpha_low) Hr Hl) as H2.
  unfold potential_bound, potential_bound_q.
  rewrite Q2R_plus, !Q2R_mult, Q2R_max, Q2R_opp, Q2R_0, e_q_ok.
  rewrite (Q2R_quotient (1 / alpha_low - beta2_min d)%Q) by lra.
  rewrite Q2R_minus, Q2R_quotient, Q2R_1 by lra.
  apply Rplus_le_compat; [lra|].
  pose proof (Rinv_0_lt_compat (Q2R alpha_low)) as Hi.
  assert (HM : 0 <= Rmax (- potential x) 0 <= Rmax (- Q2R (potential_min d)) 0).
  { split; [apply Rmax_r|]. apply Rmax_lub; [|apply Rmax_r].
    apply Rle_trans with (2 := Rmax_l _ _). lra. }
  replace (1 / Q2R alpha_low) with (/ Q2R alpha_low) by (field; lra).
  apply Rmult_le_compat.
  - nonneg.
  - unfold Rdiv. nonneg.
  - apply Rmult_le_compat_l; [nonneg|]. apply HM.
  - unfold Rdiv. apply Rmult_le_compat_r; lra.
Qed.

End Sound.

Lemma small_step_check_ok alpha_low a_high :
  0 < Q2R alpha_low -> small_step_check alpha_low a_high = true ->
  small_step_bound (Q2R alpha_low) (Q2R a_high).
Proof.
  intros Hl E. apply q_le_ok in E. pose proof h_pos as Hh. unfold small_step_bound.
  rewrite Q2R_plus, !Q2R_mult, Q2R_plus, !Q2R_quotient, Q2R_mult in E.
  - rewrite e_q_ok, h_q_ok, Q2R_1 in E.
    replace (Q2R (1 # 4)) with (1 / 4) in E by (unfold Q2R; simpl; lra).
    replace (/ Q2R alpha_low ^ 2) with (1 / (Q2R alpha_low * Q2R alpha_low)) by (field; lra).
    lra.
  - rewrite Q2R_mult. assert (0 < Q2R alpha_low * Q2R alpha_low)
      by (apply Rmult_lt_0_compat; lra). lra.
  - rewrite h_q_ok. lra.
Qed.

Lemma loss_q_ok a_high b_high s_high :
  Q2R (loss_q a_high b_high s_high)
  = Q2R a_high * Q2R b_high / (2 * eta * h) + lambda2 / 2 * Q2R s_high ^ 2.
Proof.
  pose proof h_pos as Hh. pose proof eta_pos as He. simpl in He. unfold loss_q.
  assert (Hd : 0 < 2 * Q2R (learning_rate k) * h) by (apply Rmult_lt_0_compat; lra).
  rewrite Q2R_plus, Q2R_quotient.
  - rewrite !Q2R_mult, h_q_ok. replace (Q2R (1 # 2)) with (1 / 2) by (unfold Q2R; simpl; lra).
    rewrite (Q2R_integer 2). simpl. field. lra.
  - rewrite !Q2R_mult, h_q_ok, (Q2R_integer 2). lra.
Qed.

Lemma remainder_q_ok alpha_low a_high b_high s_high :
  0 < Q2R alpha_low ->
  Q2R (remainder_q alpha_low a_high b_high s_high)
  = Q2R b_high + rho * (Q2R a_high + h / Q2R alpha_low ^ 2 + h * Q2R s_high).
Proof.
  intros Hl. assert (0 < Q2R alpha_low * Q2R alpha_low) by (apply Rmult_lt_0_compat; lra).
  unfold remainder_q. rewrite Q2R_plus, Q2R_mult, !Q2R_plus, Q2R_quotient.
  - rewrite !Q2R_mult, rho_q_ok, h_q_ok. f_equal. f_equal. f_equal. f_equal. f_equal. ring.
  - rewrite Q2R_mult. lra.
Qed.

(** What a later claim says of the trajectory that begins with [y 0]. *)
Definition later_holds_from (y : nat -> state) (l : later) : Prop :=
  match l with
  | Sharpness_at_most_edge_plus delta n =>
      forall t, (N.to_nat n <= t)%nat -> sharpness_le (y t) ((2 + Q2R delta) / eta)
  | Loss_at_most epsilon n => forall t, (N.to_nat n <= t)%nat -> loss (y t) <= Q2R epsilon
  | Eventually_below_every_bound =>
      forall delta epsilon, 0 < delta -> 0 < epsilon ->
      exists T, forall t, (T <= t)%nat ->
        sharpness_le (y t) ((2 + delta) / eta) /\ loss (y t) <= epsilon
  | Sharpness_above_edge_plus delta n =>
      forall t, (N.to_nat n <= t)%nat -> ~ sharpness_le (y t) ((2 + Q2R delta) / eta)
  | Diverges =>
      forall bound, exists T, forall t, (T <= t)%nat ->
        bound <= Rabs (alpha (y t)) /\ bound <= Rabs (beta1 (y t))
        /\ bound <= loss (y t) /\ ~ sharpness_le (y t) bound
  end.

(** *** Theorem 12 *)

Section FinalSound.

Variables (d : box) (x : state) (alpha_low a_high rate : Q).
Hypothesis inside : in_box x d.
Hypothesis checked : final_check d alpha_low a_high = true.

Let kappa := Q2R (final_kappa alpha_low a_high).
Let s_high := Q2R (final_s d alpha_low a_high).
Let q_high := Q2R (potential_bound_q d alpha_low (final_s d alpha_low a_high)).

Lemma final_conditions :
  region_check d = true /\ 0 < Q2R alpha_low /\ 0 < Q2R a_high <= 2 /\ kappa < 1
  /\ Q2R alpha_low <= Q2R (alpha_min d) * (1 - Q2R (b_max d) / (1 - kappa))
  /\ q_high <= Q2R a_high / h - h / Q2R a_high
  /\ small_step_check alpha_low a_high = true.
Proof.
  unfold final_check in checked. repeat rewrite andb_true_iff in checked.
  destruct checked as [[[[[[[H1 H2] H3] H4] H5] H6] H7] H8].
  apply q_lt_ok in H2, H3, H5. apply q_le_ok in H4, H6, H7.
  rewrite Q2R_0 in H2, H3. rewrite Q2R_1 in H5. rewrite (Q2R_integer 2) in H4.
  pose proof h_pos as Hh. fold kappa in H5.
  rewrite Q2R_mult, Q2R_minus, Q2R_1 in H6. unfold final_total in H6.
  rewrite Q2R_quotient in H6 by (rewrite Q2R_minus, Q2R_1; fold kappa; lra).
  rewrite Q2R_minus, Q2R_1 in H6. fold kappa in H6.
  rewrite Q2R_minus, !Q2R_quotient, h_q_ok in H7 by (rewrite ?h_q_ok; lra).
  repeat split; assumption.
Qed.

Lemma kappa_eq :
  kappa = Rmax ((1 - h * Q2R alpha_low ^ 2) ^ 2) ((1 - Q2R a_high) ^ 2).
Proof.
  unfold kappa, final_kappa. rewrite Q2R_max, !Q2R_mult, !Q2R_minus, !Q2R_mult, h_q_ok, Q2R_1.
  f_equal; ring.
Qed.

Lemma kappa_nonneg : 0 <= kappa < 1.
Proof.
  destruct final_conditions as (_ & _ & _ & Hk & _). rewrite kappa_eq in *.
  split; [|exact Hk]. apply Rle_trans with (2 := Rmax_r _ _). apply pow2_ge_0.
Qed.

Lemma total_le : 0 <= b x / (1 - kappa) <= Q2R (b_max d) / (1 - kappa).
Proof.
  pose proof kappa_nonneg. pose proof (box_b d x inside) as Hb. pose proof (b_ge_0 x).
  assert (0 < / (1 - kappa)) by (apply Rinv_0_lt_compat; lra). unfold Rdiv.
  split; [nonneg|]. apply Rmult_le_compat_r; lra.
Qed.

Lemma s_high_eq : s_high = Rmin 1 (Q2R (s_max d) + Q2R (b_max d) / (1 - kappa)).
Proof.
  pose proof kappa_nonneg. unfold s_high, final_s, final_total.
  rewrite Q2R_min, Q2R_plus, Q2R_quotient, Q2R_minus, Q2R_1.
  - reflexivity.
  - rewrite Q2R_minus, Q2R_1. fold kappa. lra.
Qed.

Theorem final_check_ok : final_trap x (Q2R alpha_low) (Q2R a_high) kappa s_high q_high.
Proof.
  destruct final_conditions as (Hr & Hl & Ha & Hk & H6 & H7 & H8).
  destruct (box_region d x inside Hr) as (Hax & _ & _ & _ & Hreg).
  pose proof (box_s d x inside Hr) as Hs. pose proof total_le as Ht.
  pose proof (region_s x Hreg) as Hs0. pose proof kappa_nonneg as Hk0.
  assert (Ht1 : Q2R (b_max d) / (1 - kappa) < 1).
  { destruct (Rlt_le_dec (Q2R (b_max d) / (1 - kappa)) 1) as [|Hge]; [assumption|].
    assert (0 <= Q2R (alpha_min d) * (Q2R (b_max d) / (1 - kappa) - 1)) by nonneg. lra. }
  assert (Hlow : Q2R alpha_low <= alpha x * (1 - b x / (1 - kappa))).
  { apply Rle_trans with (1 := H6). apply Rmult_le_compat; lra. }
  assert (Hlx : Q2R alpha_low <= alpha x).
  { assert (0 <= alpha x * (b x / (1 - kappa))) by nonneg. lra. }
  assert (Hsh : 0 <= s_high) by (rewrite s_high_eq; apply Rmin_glb; lra).
  constructor; try assumption; try lra.
  - rewrite kappa_eq. apply Rmax_l.
  - rewrite kappa_eq. apply Rmax_r.
  - rewrite s_high_eq. unfold Rmin. destruct Rle_dec; [left; lra|right; lra].
  - unfold q_high. apply box_potential_bound with (1 := inside) (2 := Hr); [lra|exact Hsh].
  - now apply small_step_check_ok.
Qed.

Let trapped := final_check_ok.

Lemma b_after_le n :
  b x * kappa ^ N.to_nat n <= Q2R (b_max d * power_up (final_kappa alpha_low a_high) n).
Proof.
  rewrite Q2R_mult. pose proof kappa_nonneg as Hk. pose proof (box_b d x inside).
  pose proof (b_ge_0 x). pose proof (power_up_ok (final_kappa alpha_low a_high) n) as Hp.
  apply Rmult_le_compat; [assumption|apply pow_le; lra|assumption|]. apply Hp. apply Hk.
Qed.

Lemma final_s_after_ok n t :
  (N.to_nat n <= t)%nat -> s (iterate t x) <= Q2R (final_s_after d alpha_low a_high rate n).
Proof.
  intros Ht. destruct (final_trap_bounds x _ _ _ _ _ the_clip_ok trapped t)
    as (_ & _ & _ & _ & _ & Hs).
  unfold final_s_after. destruct (rate_check d alpha_low a_high rate) eqn:E; [|exact Hs].
  unfold rate_check in E. repeat rewrite andb_true_iff in E. destruct E as [[E1 E2] E3].
  apply q_lt_ok in E1, E3. apply q_le_ok in E2. rewrite Q2R_1 in E3. fold kappa in E1.
  pose proof kappa_nonneg as Hk.
  destruct final_conditions as (Hr & Hl & _).
  destruct (box_region d x inside Hr) as (_ & _ & Hc & _ & Hreg).
  pose proof (box_b d x inside) as Hb. pose proof (b_ge_0 x) as Hb0.
  pose proof (box_s d x inside Hr) as Hsx. pose proof (region_s x Hreg) as Hs0.
  pose proof e_pos as He.
  rewrite Q2R_min. apply Rmin_glb; [exact Hs|].
  rewrite Q2R_mult, Q2R_plus, Q2R_quotient by (rewrite Q2R_minus; fold kappa; lra).
  rewrite Q2R_minus. fold kappa. set (M := Q2R rate) in *.
  assert (Hfactor : residual_factor x (Q2R alpha_low) <= M).
  { apply Rle_trans with (2 := E2). unfold residual_factor, final_factor.
    rewrite Q2R_minus, !Q2R_mult, Q2R_plus, !Q2R_mult, Q2R_minus, Q2R_1, e_q_ok.
    assert (Q2R (beta2_min d) ^ 2 <= beta2 x ^ 2) by (apply pow_incr; lra).
    assert (Hm : Q2R alpha_low ^ 2 * (1 - Q2R (b_max d)) <= Q2R alpha_low ^ 2 * (1 - b x))
      by (apply Rmult_le_compat_l; [apply pow2_ge_0|lra]).
    assert (e * (Q2R alpha_low ^ 2 * (1 - Q2R (b_max d)) + Q2R (beta2_min d) ^ 2)
            <= e * (Q2R alpha_low ^ 2 * (1 - b x) + beta2 x ^ 2))
      by (apply Rmult_le_compat_l; lra).
    lra. }
  apply Rle_trans with
    (1 := residual_decay x _ _ _ _ _ the_clip_ok trapped kappa M t (Rle_refl _) Hfactor
            ltac:(lra) ltac:(lra)).
  unfold residual_after. rewrite Rmax_right, Rabs_left by lra.
  replace (- (kappa - M)) with (M - kappa) by ring.
  assert (Hi : 0 < / (M - kappa)) by (apply Rinv_0_lt_compat; lra).
  apply Rmult_le_compat.
  - unfold Rdiv. nonneg.
  - apply pow_le. lra.
  - unfold Rdiv. apply Rplus_le_compat; [exact Hsx|]. apply Rmult_le_compat_r; lra.
  - apply Rle_trans with (2 := power_up_ok rate n ltac:(fold M; lra)). fold M.
    replace t with (N.to_nat n + (t - N.to_nat n))%nat by lia. rewrite pow_add.
    rewrite <- (Rmult_1_r (M ^ N.to_nat n)) at 2.
    apply Rmult_le_compat_l; [apply pow_le; lra|].
    rewrite <- (pow1 (t - N.to_nat n)). apply pow_incr. lra.
Qed.

Theorem final_later_check_ok l :
  final_later_check d alpha_low a_high rate l = true ->
  later_holds_from (fun t => iterate t x) l.
Proof.
  destruct final_conditions as (Hr & Hl & Ha & _).
  destruct l as [delta n|epsilon n| |delta n|]; intros E; try discriminate E;
    unfold later_holds_from.
  - intros t Ht. cbn [final_later_check] in E. unfold block_check in E.
    repeat rewrite andb_true_iff in E. destruct E as [[E1 E2] E3].
    apply q_le_ok in E1, E2, E3.
    set (rem := remainder_q _ _ _ _) in E2, E3. set (bn := (b_max d * _)%Q) in E3.
    rewrite !Q2R_mult, !Q2R_minus in E3.
    rewrite Q2R_plus, (Q2R_integer 2) in E1, E2, E3. rewrite (Q2R_integer 4) in E3.
    unfold rem in E2, E3. unfold bn in E3. clear rem bn.
    rewrite remainder_q_ok in E2, E3 by exact Hl.
    pose proof (box_b d x inside) as Hb.
    assert (Hrem : remainder_bound x (Q2R alpha_low) (Q2R a_high) s_high
                   <= Q2R (b_max d) + rho * (Q2R a_high + h / Q2R alpha_low ^ 2 + h * s_high))
      by (unfold remainder_bound; lra).
    apply (final_trap_sharpness x _ _ _ _ _ the_clip_ok trapped) with (n := N.to_nat n).
    + exact E1.
    + fold s_high in E2. lra.
    + apply Rle_trans with
        (4 * Q2R a_high * Q2R (b_max d * power_up (final_kappa alpha_low a_high) n)).
      * apply Rmult_le_compat_l; [lra|]. apply b_after_le.
      * apply Rle_trans with (1 := E3). apply Rmult_le_compat_l; [lra|]. fold s_high. lra.
    + exact Ht.
  - intros t Ht. cbn [final_later_check] in E. apply q_le_ok in E.
    apply Rle_trans with (2 := E). rewrite loss_q_ok.
    destruct (final_trap_bounds x _ _ _ _ _ the_clip_ok trapped t) as (Hreg & Hat & _).
    apply loss_le; [exact Hreg|lra| |now apply final_s_after_ok].
    apply Rle_trans with (2 := b_after_le n).
    now apply (b_after x _ _ _ _ _ the_clip_ok trapped).
  - intros delta epsilon. apply (final_trap_eventually x _ _ _ _ _ the_clip_ok trapped).
Qed.

End FinalSound.

(** *** Theorem 13 *)

Section DeltaSound.

Variables (d : box) (x : state) (alpha_low a_high b_high edge_low drive_high log_high : Q).
Hypothesis inside : in_box x d.
Hypothesis x_rational : rational_state x.
Hypothesis checked : delta_check d alpha_low a_high b_high edge_low drive_high log_high = true.

Let q_high := Q2R (potential_bound_q d alpha_low (delta_s d alpha_low)).

Lemma F_q_ok u : Q2R (F_q u) = F (Q2R u).
Proof.
  unfold F_q, F. rewrite !Q2R_mult, Q2R_minus, (Q2R_integer 2).
  replace (Q2R (1 # 4)) with (1 / 4) by (unfold Q2R; simpl; lra). field.
Qed.

Lemma delta_low_ok : Q2R (delta_low alpha_low) = h * Q2R alpha_low ^ 2.
Proof. unfold delta_low. rewrite !Q2R_mult, h_q_ok. ring. Qed.

Lemma delta_s_ok : Q2R (delta_s d alpha_low) = 1 - Q2R alpha_low * Q2R (beta2_min d).
Proof. unfold delta_s. now rewrite Q2R_minus, Q2R_mult, Q2R_1. Qed.

Lemma rho_h_ok : Q2R (rho_q * (h_q * h_q)) = rho * h ^ 2.
Proof. rewrite !Q2R_mult, rho_q_ok, h_q_ok. ring. Qed.

Lemma growth_ok :
  Q2R ((a_high - 1) * (a_high - 1) * ((a_high - 1) * (a_high - 1))) = (Q2R a_high - 1) ^ 4.
Proof. rewrite !Q2R_mult, Q2R_minus, Q2R_1. ring. Qed.

Lemma box_a :
  region_check d = true -> Q2R (a_min d) <= a x <= Q2R (a_max d).
Proof.
  intros Hr. destruct (box_region d x inside Hr) as (Ha & Ha' & _).
  unfold a_min, a_max, a. rewrite !Q2R_mult, h_q_ok. pose proof h_pos.
  replace (Q2R (alpha_min d) * Q2R (alpha_min d)) with (Q2R (alpha_min d) ^ 2) by ring.
  replace (Q2R (alpha_max d) * Q2R (alpha_max d)) with (Q2R (alpha_max d) ^ 2) by ring.
  split; apply Rmult_le_compat_l; try lra; apply pow_incr; lra.
Qed.

Lemma omega_ok z :
  z <= Q2R (s_edge d edge_low) -> (1 - z) * z <= Q2R (omega d edge_low).
Proof.
  intros Hz. unfold omega. destruct (Qle_bool (1 # 2) (s_edge d edge_low)) eqn:E.
  - replace (Q2R (1 # 4)) with (1 / 4) by (unfold Q2R; simpl; lra).
    pose proof (pow2_ge_0 (z - 1 / 2)). lra.
  - apply q_le_false in E. replace (Q2R (1 # 2)) with (1 / 2) in E by (unfold Q2R; simpl; lra).
    rewrite Q2R_mult, Q2R_minus, Q2R_1. set (u := Q2R (s_edge d edge_low)) in *.
    assert (0 <= (u - z) * (1 - u - z)) by (apply Rmult_le_pos; lra). lra.
Qed.

Lemma low_check_ok :
  region_check d = true -> Q2R b_high <= 1 / 5 -> a x < 2 ->
  low_check d alpha_low b_high = true -> low_condition x (Q2R alpha_low) (Q2R b_high).
Proof.
  intros Hr Hbh Ha2 E. pose proof (box_a Hr) as Ha. pose proof (box_b d x inside) as Hb.
  pose proof (b_ge_0 x) as Hb0. unfold low_check in E. unfold low_condition.
  apply orb_prop in E. destruct E as [E|E].
  - left. apply q_le_ok in E. rewrite delta_low_ok in E.
    replace (Q2R (1 # 2)) with (1 / 2) in E by (unfold Q2R; simpl; lra). exact E.
  - right. repeat rewrite andb_true_iff in E. destruct E as [[[[E1 E2] E3] E4] E5].
    apply q_lt_ok in E1, E4, E5. apply q_le_ok in E2, E3.
    rewrite Q2R_1, delta_low_ok in E1. rewrite delta_low_ok in E2, E3.
    rewrite Q2R_plus, !F_q_ok, delta_low_ok in E4, E5.
    set (K := ((delta_low alpha_low - 1) * _ * _)%Q) in E4, E5.
    set (low := h * Q2R alpha_low ^ 2) in *.
    assert (EK : Q2R K = (low - 1) ^ 2 * (1 - Q2R b_high) ^ 2).
    { unfold K. rewrite !Q2R_mult, !Q2R_minus, Q2R_1, delta_low_ok. fold low. ring. }
    assert (HK : 0 < Q2R K).
    { rewrite EK. apply Rmult_lt_0_compat; apply pow_lt; lra. }
    assert (Eafter : Q2R (2 * ((1 - b_high) * (1 - b_high))) = 2 * (1 - Q2R b_high) ^ 2).
    { rewrite !Q2R_mult, Q2R_minus, Q2R_1, (Q2R_integer 2). ring. }
    rewrite Q2R_quotient in E4, E5 by lra. rewrite Eafter in E3, E4. rewrite EK in E4, E5, HK.
    split; [exact E1|]. split; [lra|]. split; [exact E3|]. split; [exact E4|].
    apply Rle_lt_trans with (2 := E5). apply Rplus_le_compat.
    + unfold F. assert (0 <= (a x - Q2R (a_min d)) * (4 - a x - Q2R (a_min d)))
        by (apply Rmult_le_pos; lra). lra.
    + unfold Rdiv. apply Rmult_le_compat_r; [|exact Hb]. apply Rlt_le. now apply Rinv_0_lt_compat.
Qed.

Lemma clip_within_ok : clip_within d = true -> within_clip x.
Proof.
  unfold clip_within, within_clip. simpl. destruct (clip_bound k) as [B|]; simpl; [|trivial].
  intros E. apply q_le_ok in E. destruct inside as (_ & Hb & _). lra.
Qed.

Theorem delta_check_ok :
  0 < Q2R alpha_low
  /\ region_check d = true
  /\ delta_trap x (Q2R alpha_low) (Q2R a_high) (Q2R b_high) (Q2R edge_low) (Q2R drive_high) q_high.
Proof.
  pose proof checked as E. unfold delta_check in E. repeat rewrite andb_true_iff in E.
  destruct E as [[[[[[[[[[[[[[[[[[[H1 H2] H3] H4] H5] H6] H7] H8] H9] H10] H11] H12] H13] H14]
                       H15] H16] H17] H18] H19] H20].
  pose proof h_pos as Hh. pose proof (box_a H1) as Ha.
  destruct (box_region d x inside H1) as (Hax & _ & Hcx & _ & Hreg).
  apply q_lt_ok in H2, H3, H4, H13.
  apply q_le_ok in H5, H6, H7, H8, H10, H12, H14, H16, H17, H18, H19.
  rewrite ?Q2R_0, ?Q2R_1, ?(Q2R_integer 2) in *.
  rewrite rho_h_ok, Q2R_mult, delta_low_ok in H7.
  replace (Q2R (199 # 10000)) with (199 / 10000) in H7 by (unfold Q2R; simpl; lra).
  rewrite Q2R_minus, !Q2R_quotient, h_q_ok in H10 by (rewrite ?h_q_ok; lra). fold q_high in H10.
  replace (Q2R (1 # 5)) with (1 / 5) in H12 by (unfold Q2R; simpl; lra).
  rewrite Q2R_mult, growth_ok in H14.
  assert (Hbq : 0 < Q2R b_high).
  { assert (1 <= (Q2R a_high - 1) ^ 4) by (apply pow_R1_Rle; lra).
    assert (0 < (Q2R a_high - 1) ^ 4 * Q2R drive_high) by (apply Rmult_lt_0_compat; lra). lra. }
  apply log_check_ok in H15;
    [|rewrite Q2R_quotient by lra; now apply Rdiv_lt_0_compat].
  rewrite Q2R_quotient in H15 by lra.
  rewrite Q2R_plus, Q2R_mult, growth_ok, Q2R_plus, F_q_ok, Q2R_mult in H16.
  rewrite !Q2R_mult, h_q_ok in H18.
  replace (Q2R (200 # 101)) with (200 / 101) in H18 by (unfold Q2R; simpl; lra).
  rewrite Q2R_mult, Q2R_mult, rho_h_ok in H19.
  replace (Q2R (101 # 200)) with (101 / 200) in H19 by (unfold Q2R; simpl; lra).
  split; [exact H4|]. split; [exact H1|].
  constructor; try assumption; try lra.
  - pose proof (box_b d x inside). lra.
  - now apply clip_within_ok.
  - unfold q_high. apply Rle_trans with
      (potential_bound x (Q2R alpha_low) (Q2R (delta_s d alpha_low))).
    + unfold potential_bound. apply Rplus_le_compat_l. pose proof e_pos.
      pose proof (beta2_le x (Q2R alpha_low) Hreg ltac:(lra)).
      pose proof (Rinv_0_lt_compat (Q2R alpha_low) H4). pose proof (Rmax_r (- potential x) 0).
      assert (Q2R alpha_low * Q2R (beta2_min d) <= Q2R alpha_low * beta2 x)
        by (apply Rmult_le_compat_l; lra).
      rewrite delta_s_ok.
      apply Rmult_le_compat_r; [unfold Rdiv; nonneg|]. apply Rmult_le_compat_r; [lra|].
      apply Rmult_le_compat_l; lra.
    + apply box_potential_bound with (1 := inside) (2 := H1); [lra|].
      rewrite delta_s_ok.
      pose proof (beta2_le x (Q2R alpha_low) Hreg ltac:(lra)) as H2x.
      assert (Q2R alpha_low * Q2R (beta2_min d) <= Q2R alpha_low * / Q2R alpha_low)
        by (apply Rmult_le_compat_l; lra).
      rewrite Rinv_r in * by lra. lra.
  - now apply small_step_check_ok.
  - apply Rle_trans with (2 := H16). apply Rplus_le_compat_l. apply Rmult_le_compat_l.
    + apply pow_le. lra.
    + apply Rplus_le_compat_l. apply Rmult_le_compat_l; lra.
  - intros z Hz. apply Rle_trans with (2 := H19). apply Rmult_le_compat_l; [lra|].
    pose proof lambda1_pos as Hl1. pose proof lambda2_pos as Hl2.
    apply Rmult_le_compat_l.
    + pose proof (pow2_ge_0 h). unfold rho, Rdiv. pose proof (Rinv_0_lt_compat _ Hl1). nonneg.
    + apply omega_ok. unfold s_edge. rewrite Q2R_minus, Q2R_mult, Q2R_1.
      assert (Q2R edge_low * Q2R (beta2_min d) <= Q2R edge_low * beta2 x)
        by (apply Rmult_le_compat_l; lra).
      lra.
  - apply low_check_ok; [exact H1|exact H12|lra|exact H20].
Qed.

Theorem delta_later_check_ok l :
  delta_later_check d alpha_low a_high b_high l = true ->
  later_holds_from (fun t => iterate t x) l.
Proof.
  destruct delta_check_ok as (Hl & Hr & trapped). pose proof h_pos as Hh.
  destruct (box_region d x inside Hr) as (_ & _ & Hcx & _).
  pose proof (delta_a_high _ _ _ _ _ _ _ trapped) as Ha.
  assert (Hs : 1 - Q2R alpha_low * beta2 x <= Q2R (delta_s d alpha_low)).
  { rewrite delta_s_ok.
    assert (Q2R alpha_low * Q2R (beta2_min d) <= Q2R alpha_low * beta2 x)
      by (apply Rmult_le_compat_l; lra).
    lra. }
  destruct l as [delta n|epsilon n| |delta n|]; intros E; try discriminate E;
    unfold later_holds_from.
  - intros t _. cbn [delta_later_check] in E. unfold block_check in E.
    repeat rewrite andb_true_iff in E. destruct E as [[E1 E2] E3].
    apply q_le_ok in E1, E2, E3. set (rem := remainder_q _ _ _ _) in E2, E3.
    rewrite !Q2R_mult, !Q2R_minus in E3.
    rewrite Q2R_plus, (Q2R_integer 2) in E1, E2, E3. rewrite (Q2R_integer 4) in E3.
    assert (Hrem : delta_remainder x (Q2R alpha_low) (Q2R a_high) (Q2R b_high) <= Q2R rem).
    { unfold rem. rewrite remainder_q_ok by exact Hl. unfold delta_remainder.
      pose proof lambda1_pos as Hl1. pose proof lambda2_pos as Hl2.
      apply Rplus_le_compat_l, Rmult_le_compat_l.
      - unfold rho, Rdiv. pose proof (Rinv_0_lt_compat _ Hl1). nonneg.
      - apply Rplus_le_compat_l, Rmult_le_compat_l; lra. }
    apply (delta_trap_sharpness x _ _ _ _ _ _ the_clip_ok trapped); [exact E1|lra|].
    apply Rle_trans with (1 := E3). apply Rmult_le_compat_l; lra.
  - intros t _. cbn [delta_later_check] in E. apply q_le_ok in E.
    apply Rle_trans with (2 := E). rewrite loss_q_ok.
    destruct (delta_trap_bounds x _ _ _ _ _ _ the_clip_ok trapped t) as (Hreg & Hat & _ & Hb & Hst).
    apply loss_le; [exact Hreg|lra|exact Hb|lra].
  - cbn [delta_later_check] in E. repeat rewrite andb_true_iff in E. destruct E as [[E1 E2] E3].
    assert (HB : match clip with Some B => 0 < B | None => True end).
    { simpl. destruct (clip_bound k) as [B|]; simpl; [|exact I].
      apply q_lt_ok in E3. now rewrite Q2R_0 in E3. }
    assert (Hb1 : beta1 x <> 0) by (destruct inside as (_ & _ & Hn & _); now apply Hn).
    intros delta epsilon. apply orb_prop in E1. destruct E1 as [E1|E1].
    + apply q_lt_ok in E1. rewrite Q2R_1, delta_low_ok in E1.
      now apply (delta_trap_eventually x _ _ _ _ _ _ delta epsilon HB trapped).
    + apply (delta_trap_converges x _ _ _ _ _ _ delta epsilon HB trapped Hb1).
      intros n. apply a_never_1 with (q := h_q); auto.
      * exact the_model_rational.
      * symmetry. apply h_q_ok.
Qed.

End DeltaSound.

(** *** Theorem E *)

Section EscapeSound.

Variables (d : box) (x : state).
Hypothesis inside : in_box x d.
Hypothesis checked : escape_check d = true.

Lemma escape_check_ok :
  clip = None /\ rho <= 1 / 2 /\ e * rho <= 1 / 2 /\ escaping x /\ Q2R (a_min d) <= a x.
Proof.
  pose proof h_pos as Hh. pose proof e_pos as He.
  pose proof checked as E. unfold escape_check in E. repeat rewrite andb_true_iff in E.
  destruct E as [[[[[[[H1 H2] H3] H4] H5] H6] H7] H8].
  apply q_le_ok in H2, H3, H4, H5, H6, H7, H8.
  unfold a_min, b_min in H5, H7, H8. unfold a_min.
  rewrite ?Q2R_mult, ?Q2R_plus, ?Q2R_max, ?Q2R_mult, ?h_q_ok, ?e_q_ok, ?rho_q_ok, ?Q2R_0, ?Q2R_1,
    ?(Q2R_integer 4), ?(Q2R_integer 8) in *.
  replace (Q2R (1 # 2)) with (1 / 2) in H2, H3 by (unfold Q2R; simpl; lra).
  destruct inside as ([Ha _] & [Hb _] & _ & Hc).
  split; [simpl; destruct (clip_bound k); [discriminate H1|reflexivity]|].
  split; [exact H2|]. split; [exact H3|].
  assert (Hasq : Q2R (alpha_min d) * Q2R (alpha_min d) <= alpha x ^ 2).
  { replace (Q2R (alpha_min d) * Q2R (alpha_min d)) with (Q2R (alpha_min d) ^ 2) by ring.
    apply pow_incr. lra. }
  assert (Hbsq : Q2R (beta1_min d) * Q2R (beta1_min d) <= beta1 x ^ 2).
  { replace (Q2R (beta1_min d) * Q2R (beta1_min d)) with (Q2R (beta1_min d) ^ 2) by ring.
    rewrite <- (pow2_abs (beta1 x)). apply pow_incr. lra. }
  assert (Ha1 : h * (Q2R (alpha_min d) * Q2R (alpha_min d)) <= a x)
    by (unfold a; apply Rmult_le_compat_l; lra).
  assert (Hb1 : h * (Q2R (beta1_min d) * Q2R (beta1_min d)) <= b x)
    by (unfold b; apply Rmult_le_compat_l; lra).
  split; [|exact Ha1]. split; [nra|]. split; [lra|]. split; [lra|].
  apply Rle_trans with (2 := Hb1). apply Rle_trans with (2 := H8).
  apply Rmult_le_compat_l; [lra|]. apply Rplus_le_compat_r.
  destruct (Rle_lt_dec 0 (beta2 x)).
  - apply Rle_trans with (2 := Rmax_r _ _). nra.
  - apply Rle_trans with (2 := Rmax_l _ _). nra.
Qed.

Theorem escape_later_check_ok l :
  escape_later_check d l = true -> later_holds_from (fun t => iterate t x) l.
Proof.
  destruct escape_check_ok as (Hplain & Hr & Her & Hx & Ha).
  destruct l as [delta n|epsilon n| |delta n|]; intros E; try discriminate E;
    unfold later_holds_from.
  - intros t Ht. apply q_lt_ok in E.
    rewrite Q2R_plus, (Q2R_integer 2), Q2R_mult, Q2R_integer, <- N_nat_Z, <- pow_IZR in E.
    apply escape_sharpness with (n := N.to_nat n); auto.
    apply Rlt_le_trans with (1 := E). apply Rmult_le_compat_l; [apply pow_le; lra|exact Ha].
  - intros bound. now apply escape_diverges.
Qed.

End EscapeSound.

Lemma mirror_box_ok d x : in_box x d -> in_box (mirror x) (mirror_box d).
Proof.
  intros (Ha & Hb & Hn & Hc). unfold in_box; simpl. rewrite !Q2R_opp.
  split; [lra|]. split; [exact Hb|]. split; [exact Hn|lra].
Qed.

Lemma later_mirror x l :
  later_holds_from (fun t => iterate t (mirror x)) l -> later_holds_from (fun t => iterate t x) l.
Proof.
  destruct l as [delta n|epsilon n| |delta n|]; unfold later_holds_from; intros H.
  - intros t Ht. apply sharpness_mirror. rewrite <- iterate_mirror. now apply H.
  - intros t Ht. rewrite <- loss_mirror, <- iterate_mirror. now apply H.
  - intros delta epsilon Hd He. destruct (H delta epsilon Hd He) as [T HT]. exists T.
    intros t Ht. rewrite <- loss_mirror.
    destruct (HT t Ht) as [HS HL]. rewrite iterate_mirror in HS, HL.
    split; [now apply sharpness_mirror|exact HL].
  - intros t Ht HS. apply (H t Ht). rewrite iterate_mirror. now apply sharpness_le_mirror.
  - intros bound. destruct (H bound) as [T HT]. exists T. intros t Ht.
    destruct (HT t Ht) as (Ha & Hb & HL & HS). rewrite iterate_mirror in Ha, Hb, HL, HS.
    rewrite loss_mirror in HL. simpl in Ha, Hb. rewrite Rabs_Ropp in Ha.
    repeat split; [exact Ha|exact Hb|exact HL|]. intros H'. now apply HS, sharpness_le_mirror.
Qed.

Lemma rational_mirror x : rational_state x -> rational_state (mirror x).
Proof.
  intros (H1 & H2 & H3). unfold rational_state; simpl.
  split; [now apply rational_opp|]. split; [exact H2|now apply rational_opp].
Qed.

Theorem trap_check_ok d x :
  in_box x d -> rational_state x -> trap_check d = true ->
  Forall (later_holds_from (fun t => iterate t x)) (laters k).
Proof.
  intros Hx Hrat E. apply Forall_forall. intros l Hl.
  assert (Hmain : forall d x, in_box x d -> rational_state x ->
            match end_trap k with
            | No_trap => match laters k with [] => true | _ => false end
            | Escape => escape_check d && forallb (escape_later_check d) (laters k)
            | Final_trap alpha_low a_high rate =>
                final_check d alpha_low a_high
                && forallb (final_later_check d alpha_low a_high rate) (laters k)
            | Delta_trap alpha_low a_high b_high edge_low drive_high log_high =>
                delta_check d alpha_low a_high b_high edge_low drive_high log_high
                && forallb (delta_later_check d alpha_low a_high b_high) (laters k)
            end = true -> later_holds_from (fun t => iterate t x) l).
  { clear d x Hx Hrat E. intros d x Hx Hrat E.
    destruct (end_trap k) as
      [|alpha_low a_high rate|alpha_low a_high b_high edge_low drive_high log_high|];
      [destruct (laters k); [contradiction Hl|discriminate E]|..];
      apply andb_prop in E; destruct E as [E1 E2]; rewrite forallb_forall in E2.
    - now apply (final_later_check_ok d x alpha_low a_high rate Hx E1), E2.
    - now apply (delta_later_check_ok d x _ _ _ _ _ _ Hx Hrat E1), E2.
    - now apply (escape_later_check_ok d x Hx E1), E2. }
  unfold trap_check, facing in E. destruct (q_lt (alpha_max d) 0).
  - apply later_mirror. apply (Hmain (mirror_box d)); [now apply mirror_box_ok| |exact E].
    now apply rational_mirror.
  - now apply (Hmain d).
Qed.

End TrapCheck.
